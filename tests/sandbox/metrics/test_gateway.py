"""API Gateway's metrics: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.sandbox.metrics.conftest import Metrics

STAGE = "live"


def answering(status: int) -> dict[str, Any]:
    """Return an API method that answers with a status."""
    return {
        "responses": {str(status): {"description": "answered"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": json.dumps({"statusCode": status})},
            "responses": {"default": {"statusCode": str(status)}},
        },
    }


@pytest.fixture
def call(client: Callable[[str], Any], sandbox: Sandbox, name: str) -> Iterator[Callable[[str], int]]:
    """Provide a function that calls a path of the test's API and returns the status."""
    gateway = client("apigateway")
    paths = {f"/{status}": {"get": answering(status)} for status in (200, 404, 503)}
    document = {"openapi": "3.0.1", "info": {"title": name, "version": "1"}, "paths": paths}
    api = gateway.import_rest_api(body=json.dumps(document))["id"]
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    url = f"{sandbox.endpoint_url}/_aws/execute-api/{api}/{STAGE}"
    yield lambda path: requests.get(url + path, timeout=60).status_code
    gateway.delete_rest_api(restApiId=api)


def test_requests_are_counted(call: Callable[[str], int], metrics: Metrics, name: str) -> None:
    """Requests are counted by API and by stage; API Gateway's refusals have no integration latency."""
    statuses = [call(path) for path in ("/200", "/200", "/404", "/503", "/unknown")]
    assert statuses == [200, 200, 404, 503, 403]
    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": STAGE}):
        found = Metrics(metrics.cloudwatch, "AWS/ApiGateway", dimensions)
        found.expect(Count=5, **{"4XXError": 2, "5XXError": 1})
        assert found.total("Count", "SampleCount", unit="Count") == 5
        assert found.total("5XXError", "Average") == pytest.approx(1 / 5)
        assert found.total("Latency", "SampleCount", unit="Milliseconds") == 5
        assert found.total("IntegrationLatency", "SampleCount", unit="Milliseconds") == 4
        slowest, behind = found.total("Latency", "Maximum"), found.total("IntegrationLatency", "Maximum")
        assert slowest
        assert behind
        assert 0 < behind < slowest
