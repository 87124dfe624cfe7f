"""Authentication and CORS in the API's document."""

import dataclasses
import json
from typing import Any

import pytest

from infra.api.authentication import Authentication
from infra.api.gateway_document import api_document
from infra.api.openapi import Resolvers
from infra.stages import stage


@pytest.mark.parametrize(
    ("authentication", "scheme"),
    [
        ("none", None),
        # Not `X-Api-Key`, which API Gateway's import ignores: infra.api.authentication.
        ("api-key", {"type": "apiKey", "name": "x-api-key", "in": "header"}),
    ],
)
def test_every_method_but_a_preflight_asks_who_calls(
    apis: Resolvers, authentication: Authentication, scheme: dict[str, str] | None
) -> None:
    """All methods but preflights require the stage's authentication, if any, and CORS allows its header."""
    settings = dataclasses.replace(stage("test"), authentication=authentication)
    document = api_document(settings, apis)
    schemes = document["components"].get("securitySchemes", {})
    assert list(schemes.values()) == ([scheme] if scheme else [])
    for path_item in document["paths"].values():
        for method, operation in path_item.items():
            asked = [name for each in operation.get("security", []) for name in each]
            assert asked == ([] if method == "options" else list(schemes))
    [response] = preflight(document)["responses"].values()
    allowed = response["responseParameters"]["method.response.header.Access-Control-Allow-Headers"]
    assert scheme is None or scheme["name"] in allowed


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [((), None), (("https://a.example",), "'https://a.example'"), (("*",), "'*'")],
)
def test_one_origin_reads_gateway_errors_too(
    apis: Resolvers, origins: tuple[str, ...], allowed: str | None
) -> None:
    """Gateway errors allow the stage's origin in a header, which is left out if the stage has none."""
    settings = dataclasses.replace(stage("prod"), cors_origins=origins)
    for response in api_document(settings, apis)["x-amazon-apigateway-gateway-responses"].values():
        headers = response["responseParameters"]
        assert headers.get("gatewayresponse.header.Access-Control-Allow-Origin") == allowed


def test_any_origin_may_ask_in_dev(apis: Resolvers) -> None:
    document = api_document(stage("dev"), apis)
    [response] = preflight(document)["responses"].values()

    headers = response["responseParameters"]
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'*'"
    assert headers["method.response.header.Access-Control-Allow-Methods"] == "'GET,POST'"


def test_only_known_origins_may_ask_when_there_are_some(apis: Resolvers) -> None:
    origins = ("https://a.example", "https://b.example")
    document = api_document(dataclasses.replace(stage("prod"), cors_origins=origins), apis)
    [response] = preflight(document)["responses"].values()

    assert "method.response.header.Access-Control-Allow-Origin" not in response["responseParameters"]
    assert all(
        f'$origin == "{origin}"' in response["responseTemplates"]["application/json"] for origin in origins
    )


def test_no_origin_may_ask_by_default_in_production(apis: Resolvers) -> None:
    document = api_document(stage("prod"), apis)

    assert all("options" not in path_item for path_item in document["paths"].values())
    assert "Access-Control" not in json.dumps(document)


def preflight(document: dict[str, Any]) -> dict[str, Any]:
    integration: dict[str, Any] = document["paths"]["/tasks"]["options"]["x-amazon-apigateway-integration"]
    assert integration["type"] == "mock"
    return integration
