"""Authentication of API clients."""

API_KEY_HEADER = "x-api-key"
"""Request header with the client's API key, in lower case for API Gateway's import.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
"""
