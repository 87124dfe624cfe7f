"""The API's document: within the limits of API Gateway's import, and consistent with the handlers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from openapi_spec_validator import OpenAPIV30SpecValidator
from pydantic import BaseModel

from infra.api.gateway_dialect import to_api_gateway
from infra.api.gateway_document import api_document
from infra.api.openapi import Resolvers, resolvers
from infra.errors import InvalidApi
from infra.stages import STAGES, stage
from lambdas.http.problems import Problem

# The exceptions that API Gateway makes to OpenAPI 3.0, and draft 4's keywords without them:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
DRAFT_4 = {
    *("type", "enum", "format", "description", "title", "$ref"),
    *("properties", "required", "items", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "multipleOf"),
}
OPERATION = {"operationId", "summary", "description", "tags", "parameters", "requestBody", "responses"} | {
    "security"
}
EXTENSIONS = {
    "x-amazon-apigateway-integration",
    "x-amazon-apigateway-request-validator",
    "x-amazon-apigateway-request-validators",
    "x-amazon-apigateway-gateway-responses",
}
SEGMENT = re.compile(r"[A-Za-z0-9_.,:-]+|\{[A-Za-z0-9_]+\}")


@pytest.fixture(params=["small", "real"])
def both(request: pytest.FixtureRequest, apis: Resolvers) -> Resolvers:
    """Return, in turn, a small API with every supported feature and the real API."""
    return apis if request.param == "small" else resolvers()


@pytest.mark.parametrize("name", STAGES)
def test_document_uses_only_what_api_gateway_supports(name: str, both: Resolvers) -> None:
    assert list(complaints(api_document(stage(name), both))) == []


@pytest.mark.parametrize("name", STAGES)
def test_document_is_openapi_3_0(name: str, both: Resolvers) -> None:
    document: Any = api_document(stage(name), both)

    OpenAPIV30SpecValidator(document).validate()


@pytest.mark.parametrize("name", STAGES)
def test_title_is_the_name_by_which_metrics_call_the_api(name: str, apis: Resolvers) -> None:
    assert api_document(stage(name), apis)["info"]["title"] == f"faultline-{name}"


def complaints(document: dict[str, Any]) -> Iterator[str]:
    """Yield everything in a document that API Gateway would refuse or ignore."""
    if not document["openapi"].startswith("3.0."):
        yield "not OpenAPI 3.0"
    if unknown := document.keys() - EXTENSIONS - {"openapi", "info", "paths", "components"}:
        yield f"at the root: {unknown}"
    for name, model in document["components"]["schemas"].items():
        if not re.fullmatch("[A-Za-z0-9]+", name):
            yield f"model name {name}"
        yield from schema_complaints(name, model)
    for path, path_item in document["paths"].items():
        if not all(SEGMENT.fullmatch(segment) for segment in path.strip("/").split("/")):
            yield f"path {path}"
        for method, operation in path_item.items():
            yield from operation_complaints(f"{method} {path}", operation)


def operation_complaints(where: str, operation: dict[str, Any]) -> Iterator[str]:
    if unknown := operation.keys() - OPERATION - EXTENSIONS:
        yield f"{where}: {unknown}"
    for parameter in operation.get("parameters", []):
        if unknown := parameter.keys() - {"name", "in", "required", "description", "schema"}:
            yield f"{where}: parameter with {unknown}"
        if parameter["in"] == "cookie" or parameter["schema"].keys() - {"type", "items"}:
            yield f"{where}: parameter {parameter}"
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for media_type in body.get("content", {}).values():
            if media_type.keys() != {"schema"} or media_type["schema"].keys() != {"$ref"}:
                yield f"{where}: a body that is no reference to a model"


def schema_complaints(where: str, schema: dict[str, Any]) -> Iterator[str]:
    if unknown := schema.keys() - DRAFT_4:
        yield f"{where}: {unknown}"
    if "$ref" in schema and (len(schema) > 1 or not schema["$ref"].startswith("#/components/schemas/")):
        yield f"{where}: {schema}"
    if not schema.keys() & {"type", "$ref"}:
        yield f"{where}: no type"
    if not isinstance(schema.get("type", "string"), str) or schema.get("type") == "null":
        yield f"{where}: type {schema['type']}"
    if schema.get("format") in {"int32", "int64", "decimal"}:
        yield f"{where}: format {schema['format']}"
    for name, inner in schema.get("properties", {}).items():
        yield from schema_complaints(f"{where}.{name}", inner)
    if "items" in schema:
        yield from schema_complaints(f"{where}[]", schema["items"])


def test_checker_sees_what_is_wrong(apis: Resolvers) -> None:
    document = api_document(stage("dev"), apis)
    document["components"]["schemas"]["A_b"] = {"type": ["string", "null"], "anyOf": [], "nullable": True}
    document["components"]["schemas"]["Any"] = {"description": "anything"}
    document["paths"]["/a{b}"] = {"get": {"responses": {}, "deprecated": True}}

    assert len(list(complaints(document))) == 6


def test_models_say_what_can_be_said(apis: Resolvers) -> None:
    models = api_document(stage("dev"), apis)["components"]["schemas"]

    assert models["Order"] == {
        "type": "object",
        "description": "A model with features of JSON Schema 2020-12 that API Gateway lacks.",
        "required": ["extra", "box"],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9},
            "version": {"type": "string", "enum": ["one"]},
            "rate": {"type": "number", "minimum": 0, "maximum": 1},
            "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Colour"}},
            "extra": {"type": "object"},
            "box": {"$ref": "#/components/schemas/Boxint"},
        },
    }
    assert models["listTasks200"] == {"type": "array", "items": {"$ref": "#/components/schemas/Receipt"}}
    assert "HTTPValidationError" not in models


def test_a_schema_of_any_value_is_left_out() -> None:
    """Models and bodies omit schemas without a type, even by reference: API Gateway has no such models."""
    untyped = {"schema": {"$ref": "#/components/schemas/Any"}}
    operation = {
        "operationId": "a",
        "requestBody": {"content": {"application/json": untyped}},
        "responses": {
            "200": {"description": "any", "content": {"application/json": untyped}},
            "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Some"}}}},
        },
    }
    some = {
        "any": {"$ref": "#/components/schemas/Any"},
        "list": {"$ref": "#/components/schemas/AnyList"},
        "text": {"type": "string"},
    }
    document = to_api_gateway(
        {
            "info": {"title": "", "version": ""},
            "paths": {"/a": {"post": operation}},
            "components": {
                "schemas": {
                    "Any": {},
                    "AnyList": {"type": "array", "items": {"$ref": "#/components/schemas/Any"}},
                    "Some": {"type": "object", "properties": some},
                }
            },
        }
    )

    assert document["components"]["schemas"] == {
        "Some": {"type": "object", "properties": {"text": {"type": "string"}}}
    }
    translated = document["paths"]["/a"]["post"]
    assert "requestBody" not in translated
    assert translated["responses"]["200"] == {"description": "any"}
    assert "content" in translated["responses"]["201"]


def test_parameters_keep_name_place_and_type(apis: Resolvers) -> None:
    paths = api_document(stage("dev"), apis)["paths"]

    assert paths["/tasks"]["get"]["parameters"] == [
        {"name": "colour", "in": "query", "required": False, "schema": {"type": "string"}},
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "How many.",
            "schema": {"type": "integer"},
        },
    ]
    assert paths["/tasks/{taskId}"]["get"]["parameters"] == [
        {"name": "taskId", "in": "path", "required": True, "schema": {"type": "string"}}
    ]


def test_each_route_goes_to_the_function_that_declares_it(apis: Resolvers) -> None:
    paths = api_document(stage("dev"), apis)["paths"]

    def function(path: str, method: str) -> str:
        integration = paths[path][method]["x-amazon-apigateway-integration"]
        assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
        return str(re.findall(r":function:([^/]+)/invocations$", integration["uri"]["Fn::Sub"])[0])

    assert function("/tasks", "post") == "faultline-dev-submit-task:live"
    assert function("/tasks", "get") == "faultline-dev-manage-tasks:live"
    assert function("/tasks/{taskId}", "get") == "faultline-dev-manage-tasks:live"


def test_bodies_are_left_to_the_functions(apis: Resolvers) -> None:
    document = api_document(stage("dev"), apis)
    default = document["x-amazon-apigateway-request-validator"]

    assert document["x-amazon-apigateway-request-validators"][default] == {
        "validateRequestParameters": True,
        "validateRequestBody": False,
    }


def test_gateway_errors_are_problems_like_the_functions(apis: Resolvers) -> None:
    responses = api_document(stage("prod"), apis)["x-amazon-apigateway-gateway-responses"]

    for kind, response in responses.items():
        content_type = response["responseParameters"]["gatewayresponse.header.Content-Type"]
        assert content_type == "'application/problem+json'"
        text = response["responseTemplates"]["application/json"]
        body = json.loads(text.replace("$context.error.messageString", '"a message"'))
        assert body["requestId"] == "$context.requestId"
        if kind != "DEFAULT_4XX":
            Problem.model_validate(body)
    # The status of a default becomes the status of all types: the page of supported response types.
    assert "statusCode" not in responses["DEFAULT_4XX"]
    assert "statusCode" not in responses["DEFAULT_5XX"]
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    assert responses["THROTTLED"]["statusCode"] == 429
    assert responses["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def test_two_functions_may_not_claim_one_route(apis: Resolvers) -> None:
    twice = {"submit_task": apis["submit_task"], "manage_tasks": apis["submit_task"]}

    with pytest.raises(InvalidApi, match="POST /tasks is defined in multiple schemas"):
        api_document(stage("dev"), twice)


def test_two_functions_may_not_mean_different_things_by_a_name() -> None:
    def api(path: str, kind: type) -> APIGatewayRestResolver:
        resolver = APIGatewayRestResolver(enable_validation=True)
        model = type("Thing", (BaseModel,), {"__annotations__": {"value": kind}})

        def route(thing: Any) -> None:
            raise NotImplementedError

        route.__annotations__["thing"] = model
        resolver.post(path)(route)
        return resolver

    with pytest.raises(InvalidApi, match="different models named Thing"):
        api_document(stage("dev"), {"submit_task": api("/a", int), "manage_tasks": api("/b", str)})


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"parameters": [{"name": "a", "in": "cookie", "schema": {}}]}, "not support parameters in a cookie"),
        ({"requestBody": {"content": {"application/json": {"schema": {}}}}}, "would have the name bRequest"),
    ],
)
def test_what_cannot_be_said_is_refused(broken: dict[str, Any], complaint: str) -> None:
    document = {
        "info": {"title": "", "version": ""},
        "paths": {"/a": {"get": {"operationId": "b", "responses": {}, **broken}}},
        "components": {"schemas": {"b_Request": {"type": "object"}}},
    }

    with pytest.raises(InvalidApi, match=complaint):
        to_api_gateway(document)
