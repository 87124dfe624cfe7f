"""The document for clients: valid, complete, and without API Gateway's extensions."""

import dataclasses
import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.api.authentication import Authentication
from infra.api.client_document import client_document
from infra.api.gateway_dialect import reachable
from infra.api.openapi import METHODS, resolvers
from infra.stages import STAGES, stage
from tests.closed_document import closed_as_implemented


@pytest.mark.parametrize("name", STAGES)
def test_it_is_openapi_3_1_without_extensions(name: str) -> None:
    """The document for clients is valid OpenAPI 3.1, without API Gateway's extensions."""
    document = client_document(stage(name), resolvers(), "https://api.example/test")
    OpenAPIV31SpecValidator(document).validate()
    assert not re.search(r'"x-[^"]*":', json.dumps(document))
    assert document["servers"] == [{"url": "https://api.example/test"}]


def test_every_operation_has_what_the_gateway_answers() -> None:
    """API Gateway's own problems are documented like the functions', and links name existing operations."""
    document = client_document(stage("prod"), resolvers(), None)
    assert "servers" not in document
    operations = [
        path_item[method] for path_item in document["paths"].values() for method in METHODS & path_item.keys()
    ]
    ids = {operation["operationId"] for operation in operations}
    for operation in operations:
        assert {"400", "403", "404", "429", "500", "503", "504"} <= operation["responses"].keys()
        assert ("413" in operation["responses"]) == ("requestBody" in operation)
        for status, answer in operation["responses"].items():
            assert {link["operationId"] for link in answer.get("links", {}).values()} <= ids
            assert ("Retry-After" in answer["headers"]) == (status in ("429", "503", "504"))
            assert "X-Correlation-Id" in answer["headers"]
    for path in ("/tasks", "/batches"):
        assert "Location" in document["paths"][path]["post"]["responses"]["202"]["headers"]
    assert "readTaskOfTheTask" in document["paths"]["/tasks"]["post"]["responses"]["202"]["links"]


def test_responses_may_have_further_members() -> None:
    """A member that a later version adds breaks no strict client; in requests, unknown ones are refused."""
    document = client_document(stage("prod"), resolvers(), None)
    models = document["components"]["schemas"]
    answered = reachable(
        [each.get("responses") for path_item in document["paths"].values() for each in path_item.values()],
        models,
    )
    closed = {name for name in answered if models[name].get("additionalProperties") is False}
    assert "Task" in answered
    assert closed == {"Callback"}  # which a submission contains, too
    assert models["Submission"]["additionalProperties"] is False
    assert closed_as_implemented(document)["components"]["schemas"]["Task"]["additionalProperties"] is False


@pytest.mark.parametrize(("authentication", "schemes"), [("none", 0), ("api-key", 1)])
def test_it_says_how_to_show_who_one_is(authentication: Authentication, schemes: int) -> None:
    """The stage's authentication is a security requirement of the whole document."""
    settings = dataclasses.replace(stage("test"), authentication=authentication)
    document = client_document(settings, resolvers(), None)
    assert len(document["components"].get("securitySchemes", {})) == schemes
    assert len(document.get("security", [])) == schemes


def test_each_kinds_payload_is_in_it() -> None:
    """The document lists the kinds of work, and has the schema of each kind's payload."""
    models = client_document(stage("test"), resolvers(), None)["components"]["schemas"]
    assert models["Submission"]["properties"]["type"]["enum"] == ["echo", "http.request"]
    assert "url" in models["HttpRequest"]["properties"]
