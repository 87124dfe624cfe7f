"""The client of a request, as identified by API Gateway."""

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from lambdas.domain.requester import Requester


def requester(event: BaseProxyEvent) -> Requester:
    """Return the client that sent a request.

    API Gateway passes the id and the value of the API key; the value, `apiKey`, is left out. The address is
    that of the connection: a client cannot choose it as it can its headers.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference
    """
    identity = event["requestContext"].get("identity") or {}
    return Requester(
        api_key_id=identity.get("apiKeyId"),
        principal=identity.get("userArn"),
        source_address=identity.get("sourceIp"),
    )
