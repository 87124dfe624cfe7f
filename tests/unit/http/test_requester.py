"""The client of a request, from API Gateway's event.

The members:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from lambdas.domain.requester import Requester
from lambdas.http.requester import requester
from tests.unit.http.gateway import request

NOBODY = {"accessKey": None, "accountId": None, "caller": None, "user": None, "userArn": None}


def asked_by(**identity: Any) -> Requester:
    event = request("DELETE", "/tasks/t", headers={"X-Forwarded-For": "203.0.113.9", "x-api-key": "secret"})
    event["requestContext"]["identity"] = {**NOBODY, "sourceIp": "192.0.2.7", **identity}
    return requester(APIGatewayProxyEvent(event))


def test_a_client_with_a_key_is_known_by_its_id() -> None:
    """A client is identified by its API key's id, and not by the key's value or by headers."""
    found = asked_by(apiKey="secret", apiKeyId="key-1")
    assert found == Requester(api_key_id="key-1", source_address="192.0.2.7")
    assert "secret" not in found.model_dump_json()


def test_a_client_that_signs_is_known_by_its_principal() -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/operator/jane"
    assert asked_by(userArn=arn) == Requester(principal=arn, source_address="192.0.2.7")


@pytest.mark.parametrize("context", [{}, {"identity": None}])
def test_a_client_without_an_identity(context: dict[str, Any]) -> None:
    """An event without an identity gives an empty requester."""
    event = {**request("DELETE", "/tasks/t"), "requestContext": context}
    assert requester(APIGatewayProxyEvent(event)) == Requester()
