"""How a client of the API authenticates."""

API_KEY_HEADER = "X-Api-Key"
"""The request header that carries a client's API key.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
"""
