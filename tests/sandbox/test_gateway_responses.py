"""API Gateway's import of documents, and its gateway responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.process.state_file import Sandbox

STAGE = "test"
LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000"
MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200"}},
}
# A template for requests that is not JSON, which LocalStack fails to parse.
BROKEN = MOCK | {"requestTemplates": {"application/json": "#if("}}
# https://docs.aws.amazon.com/lambda/latest/dg/API_Invoke.html: ResourceNotFoundException
NO_FUNCTION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": f"{LAMBDA}:function:no-such-function/invocations",
}
OK = {"200": {"description": "done"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "responses", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "parameters": [
                    {"name": "kind", "in": "query", "required": True, "schema": {"type": "string"}}
                ],
                "responses": OK,
                "x-amazon-apigateway-integration": MOCK,
            },
            "post": {"responses": OK, "x-amazon-apigateway-integration": NO_FUNCTION},
            "put": {"responses": OK, "x-amazon-apigateway-integration": BROKEN},
        }
    },
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestParameters": True}},
    "x-amazon-apigateway-request-validator": "all",
}


@pytest.fixture
def apis(client: Callable[[str], Any]) -> Iterator[list[str]]:
    """Provide a list for ids of APIs, which are deleted after the test."""
    made: list[str] = []
    yield made
    for api in made:
        client("apigateway").delete_rest_api(restApiId=api)


@pytest.fixture
def url(client: Callable[[str], Any], sandbox: Sandbox, apis: list[str]) -> Callable[[dict[str, Any]], str]:
    """Return a function that creates an API with gateway responses, and returns its stage's URL."""

    def make(responses: dict[str, Any]) -> str:
        document = DOCUMENT | {"x-amazon-apigateway-gateway-responses": responses}
        api = client("apigateway").import_rest_api(body=json.dumps(document))["id"]
        apis.append(api)
        return stage(client, sandbox, api)

    return make


def stage(client: Callable[[str], Any], sandbox: Sandbox, api: str) -> str:
    client("apigateway").create_deployment(restApiId=api, stageName=STAGE, variables={"colour": "blue"})
    return f"{sandbox.endpoint_url}/_aws/execute-api/{api}/{STAGE}"


@pytest.mark.parametrize(("header", "required"), [("x-api-key", True), ("X-Api-Key", False)])
def test_import_honours_the_key_header_in_lower_case_only(
    client: Callable[[str], Any], apis: list[str], header: str, required: bool
) -> None:
    """The import requires a key only for the header name `x-api-key` in lower case.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
    """
    method = {"responses": OK, "security": [{"key": []}], "x-amazon-apigateway-integration": MOCK}
    document = DOCUMENT | {
        "paths": {"/pets": {"get": method}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "name": header, "in": "header"}}},
    }
    gateway = client("apigateway")
    apis.append(gateway.import_rest_api(body=json.dumps(document))["id"])

    resources = gateway.get_resources(restApiId=apis[-1], embed=["methods"])["items"]
    [pets] = [each for each in resources if each["path"] == "/pets"]
    assert pets["resourceMethods"]["GET"]["apiKeyRequired"] is required


def test_import_names_the_api_by_its_title(client: Callable[[str], Any], apis: list[str]) -> None:
    gateway = client("apigateway")
    apis.append(gateway.create_rest_api(name="before")["id"])

    gateway.put_rest_api(restApiId=apis[-1], mode="overwrite", body=json.dumps(DOCUMENT))

    assert gateway.get_rest_api(restApiId=apis[-1])["name"] == "responses"


def template(body: str) -> dict[str, str]:
    return {"application/json": body}


def test_unknown_route_is_answered_by_its_gateway_response(url: Callable[[dict[str, Any]], str]) -> None:
    """An unknown route is answered with the status, headers and body of its gateway response."""
    stage = url(
        {
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": 404,
                "responseParameters": {
                    "gatewayresponse.header.Content-Type": "'application/problem+json'",
                    "gatewayresponse.header.X-Origin": "method.request.header.Origin",
                    "gatewayresponse.header.X-Query": "method.request.querystring.q",
                    "gatewayresponse.header.X-Path": "context.path",
                    "gatewayresponse.header.X-None": "method.request.header.None",
                },
                "responseTemplates": template(
                    '{"detail":$context.error.messageString,"plain":"$context.error.message",'
                    '"type":"$context.error.responseType","id":"$context.requestId",'
                    '"colour":"$stageVariables.colour","unknown":"$context.authorizer.name","text":"#if $5"}'
                ),
            }
        }
    )
    answer = requests.get(f"{stage}/nowhere?q=1", headers={"Origin": "https://example.com"}, timeout=60)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Origin"] == "https://example.com"
    assert answer.headers["X-Query"] == "1"
    assert answer.headers["X-Path"] == f"/{STAGE}/nowhere"
    assert "X-None" not in answer.headers
    assert answer.json() == {
        "detail": "Missing Authentication Token",
        "plain": "Missing Authentication Token",
        "type": "MISSING_AUTHENTICATION_TOKEN",
        "id": answer.headers["x-amzn-RequestId"],
        "colour": "blue",
        "unknown": "",
        "text": "#if $5",
    }


def test_defaults_stand_in_for_what_is_not_customised(url: Callable[[dict[str, Any]], str]) -> None:
    """DEFAULT_4XX answers refusals without a response of their own, with the refusal's status."""
    stage = url({"DEFAULT_4XX": {"responseTemplates": template('{"was":"$context.error.responseType"}')}})
    answer = requests.get(f"{stage}/nowhere", timeout=60)
    assert (answer.status_code, answer.json()) == (403, {"was": "MISSING_AUTHENTICATION_TOKEN"})
    answer = requests.get(f"{stage}/pets", timeout=60)
    assert (answer.status_code, answer.json()) == (400, {"was": "BAD_REQUEST_PARAMETERS"})


def test_status_of_a_default_is_that_of_all(url: Callable[[dict[str, Any]], str]) -> None:
    """The status of DEFAULT_4XX applies to each 4XX response without a status of its own."""
    stage = url({"DEFAULT_4XX": {"statusCode": "418"}})
    answer = requests.get(f"{stage}/nowhere", timeout=60)
    assert (answer.status_code, answer.text) == (418, '{"message":"Missing Authentication Token"}')


def test_without_gateway_responses(url: Callable[[dict[str, Any]], str]) -> None:
    """Without gateway responses, errors have API Gateway's own wording."""
    answer = requests.get(f"{url({})}/nowhere", timeout=60)
    assert (answer.status_code, answer.text) == (403, '{"message":"Missing Authentication Token"}')
    assert answer.headers["Content-Type"] == "application/json"


def test_missing_parameter_is_named(url: Callable[[dict[str, Any]], str]) -> None:
    """A missing parameter is named in $context.error.validationErrorString."""
    body = '{"detail":"$context.error.validationErrorString"}'
    stage = url({"BAD_REQUEST_PARAMETERS": {"responseTemplates": template(body)}})
    answer = requests.get(f"{stage}/pets", timeout=60)
    assert answer.json() == {"detail": "Missing required request parameters: [kind]"}


def test_failed_integration(url: Callable[[dict[str, Any]], str]) -> None:
    """A call to a missing function is answered as an INTEGRATION_FAILURE."""
    stage = url(
        {
            "INTEGRATION_FAILURE": {
                "statusCode": "503",
                "responseParameters": {"gatewayresponse.header.Retry-After": "'2'"},
            }
        }
    )
    answer = requests.post(f"{stage}/pets", timeout=60)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_every_failure_is_a_gateway_response(url: Callable[[dict[str, Any]], str]) -> None:
    """An unexpected error is answered by a gateway response, without its reason."""
    stage = url({"DEFAULT_5XX": {"responseTemplates": template('{"own":$context.error.messageString}')}})
    answer = requests.put(f"{stage}/pets", json={}, timeout=60)
    assert (answer.status_code, answer.json()) == (500, {"own": "Internal server error"})


def test_put_gateway_response(client: Callable[[str], Any], sandbox: Sandbox, apis: list[str]) -> None:
    """PutGatewayResponse applies from the next deployment on."""
    api = client("apigateway").import_rest_api(body=json.dumps(DOCUMENT))["id"]
    apis.append(api)
    before = stage(client, sandbox, api)
    client("apigateway").put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_4XX",
        statusCode="404",
        responseTemplates=template('{"put":true}'),
    )
    assert requests.get(f"{before}/nowhere", timeout=60).status_code == 403
    answer = requests.get(f"{stage(client, sandbox, api)}/nowhere", timeout=60)
    assert (answer.status_code, answer.json()) == (404, {"put": True})


def test_put_rest_api_merges_or_overwrites(client: Callable[[str], Any], apis: list[str]) -> None:
    """An import adds gateway responses, or with mode=overwrite replaces them."""
    gateway = client("apigateway")
    document = DOCUMENT | {"x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": "503"}}}
    api = gateway.import_rest_api(body=json.dumps(document))["id"]
    apis.append(api)

    def throttled_status(mode: str) -> str:
        gateway.put_rest_api(restApiId=api, mode=mode, body=json.dumps(DOCUMENT))
        answer: str = gateway.get_gateway_response(restApiId=api, responseType="THROTTLED")["statusCode"]
        return answer

    assert throttled_status("merge") == "503"
    assert throttled_status("overwrite") == "429"


def test_unknown_type_is_refused(client: Callable[[str], Any], url: Callable[[dict[str, Any]], str]) -> None:
    """A document with an unknown gateway response type is refused."""
    with pytest.raises(client("apigateway").exceptions.BadRequestException):
        url({"NOT_FOUND": {"statusCode": "404"}})
