"""Ways in which clients of the API authenticate."""

API_KEY_HEADER = "x-api-key"
"""The request header that carries a client's API key, in lower case for API Gateway's import
(`infra.api.authentication`).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
"""
