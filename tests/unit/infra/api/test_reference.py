"""The page `docs/api.md`, generated from the API's document, and the validity of its examples."""

from typing import Any

import jsonschema_rs
import pytest

from infra.api.client_document import client_document
from infra.api.openapi import METHODS, resolvers
from infra.api.reference.enrichment import enrich
from infra.api.reference.json_text import json_text
from infra.api.reference.markdown import markdown
from infra.api.reference.source import section, sections
from infra.errors import InvalidApi
from infra.stages import stage
from tests.closed_document import closed_as_implemented
from tests.documents import ROOT

DOCUMENT = client_document(stage("prod"), resolvers(), None)
CLOSED = closed_as_implemented(DOCUMENT)
OPERATIONS = {
    operation["operationId"]: operation
    for path_item in DOCUMENT["paths"].values()
    for method, operation in path_item.items()
    if method in METHODS
}


def test_the_page_is_made_of_the_document() -> None:
    """docs/api.md is the output of `faultline openapi --markdown`."""
    assert (ROOT / "docs/api.md").read_text() == markdown(DOCUMENT, sections())


@pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
def test_each_operation_has_a_description_and_examples_that_fit_their_schemas(operation_id: str) -> None:
    """Each operation has a description and valid examples; only bodies of refused requests are invalid."""
    operation = OPERATIONS[operation_id]
    assert operation["description"]
    assert operation["tags"]
    examples = set()
    for status, answer in operation["responses"].items():
        [content] = answer["content"].values()
        for name, example in content.get("examples", {}).items():
            assert not errors(content["schema"], example["value"])
            if status < "400":
                examples.add(name)
    assert examples
    if body := operation.get("requestBody"):
        content = body["content"]["application/json"]
        for name, example in content["examples"].items():
            assert bool(errors(content["schema"], example["value"])) == (name not in examples)


def test_a_long_page_begins_with_what_each_call_does() -> None:
    """A long page begins with a table that links to each call."""
    rows = [line for line in markdown(DOCUMENT, sections()).splitlines() if line.startswith("| [`")]
    assert len(rows) == len(OPERATIONS)
    assert rows[0].startswith("| [`POST /tasks`](#submit-a-task) | Accepts a task: ")


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": CLOSED["components"]}
    return [error.message for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]


GET = "```http\nGET /boxes/a?size=1&size=2\n```"
OK = "```http\n200 OK\n\n{}\n```"


def document() -> dict[str, Any]:
    """Return an API with one call."""
    parameters = [
        {"name": "box", "in": "path", "schema": {"type": "string"}},
        {"name": "size", "in": "query", "schema": {"type": "array"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ]
    answers = {"200": {"description": "A box", "content": {"application/json": {}}}}
    operation = {"operationId": "readBox", "parameters": parameters, "responses": answers}
    return {"paths": {"/boxes/{box}": {"get": operation}}}


def test_an_example_has_one_name_in_all_its_parts() -> None:
    """An example has the same name in all its parts, and parameters of their schemas' types."""
    api, example = document(), GET.replace("size=1&", "limit=7&")
    enrich(
        api, [section(f"## Boxes\n\n### `readBox`\n\nReads [it](#box).\n\n#### A, b\n\n{example}\n\n{OK}")]
    )
    operation = api["paths"]["/boxes/{box}"]["get"]
    assert api["tags"] == [{"name": "Boxes"}]
    assert (operation["tags"], operation["description"]) == (["Boxes"], "Reads it.")
    examples = [parameter["examples"] for parameter in operation["parameters"]]
    assert examples == [{"a-b": {"summary": "A, b", "value": value}} for value in ("a", ["2"], 7)]
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]["a-b"]["value"] == {}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("", "does not describe readBox"),
        ("### `readCircle`\n\nReads.", "readCircle, which the API does not have"),
        ("### `readBox`\n\nReads.", "readBox has no example"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET.replace('boxes', 'box')}\n\n{OK}", "is not GET /boxes/"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET.replace('GET', 'PUT')}\n\n{OK}", "is not GET /boxes/"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET.replace('&', '&page=')}\n\n{OK}", "no parameter page"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET}\n\n{OK.replace('200', '201')}", "has no response 201"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET}\n\nIt answers.\n\n{OK}", "and an answer here: #### A"),
        (f"### `readBox`\n\nReads.\n\n#### A\n\n{GET}\n\n{OK.replace('{}', '{')}", "200 OK: "),
    ],
)
def test_what_does_not_describe_the_api_is_refused(call: str, said: str) -> None:
    """An operation that is undocumented, unknown, or without a fitting example call and answer is refused."""
    with pytest.raises(InvalidApi, match=said):
        enrich(document(), [section(f"## Boxes\n\n{call}")])


def test_json_is_broken_where_it_does_not_fit() -> None:
    """JSON that fits stays on one line; the rest is broken and indented."""
    value = {"a": {"b": [1, None]}, "c": ["x" * 60, "y" * 60], "d": {}}
    assert json_text({"a": value["a"]}) == '{"a": {"b": [1, null]}}'
    assert json_text(value) == (
        '{\n  "a": {"b": [1, null]},\n  "c": [\n    "'
        + "x" * 60
        + '",\n    "'
        + "y" * 60
        + '"\n  ],\n  "d": {}\n}'
    )
