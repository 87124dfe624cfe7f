"""Identification of the client that sent a request."""

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.domain.requester import Requester


def requester(event: BaseProxyEvent) -> Requester:
    """Return the client that sent a request.

    The identity comes from API Gateway, without the value of the API key. The address comes from the
    connection; unlike a header, it cannot be forged by a client.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference
    """
    identity = event["requestContext"].get("identity") or {}
    return Requester(
        api_key_id=identity.get("apiKeyId"),
        principal=identity.get("userArn"),
        source_address=identity.get("sourceIp"),
    )
