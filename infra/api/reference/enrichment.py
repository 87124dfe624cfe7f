"""Enrichment of the API's OpenAPI document with hand-written groups, descriptions and examples."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.api.openapi import METHODS
from infra.api.reference.source import Call, Example, Section
from infra.errors import InvalidApi

_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
"""Markdown links, whose targets are sections of the page that the document does not have."""


def enrich(document: dict[str, Any], sections: Iterable[Section]) -> None:
    """Add the hand-written sections to an OpenAPI 3.1 document.

    Each example has the same name in the parameters, the request body and the response.

    Raises:
        InvalidApi: If an operation has no description, a description has no operation, or an example does
            not match its operation.
    """
    operations = {
        operation["operationId"]: (path, method, operation) for path, method, operation in _each(document)
    }
    document["tags"] = []
    for section in sections:
        if section.calls:
            document["tags"].append({"name": section.title})
        for call in section.calls:
            if call.operation_id not in operations:
                raise InvalidApi(f"the reference describes {call.operation_id}, which the API does not have")
            path, method, operation = operations.pop(call.operation_id)
            operation["tags"] = [section.title]
            operation["description"] = _LINK.sub(r"\1", call.description)
            _add_examples(path, method, operation, call)
    if operations:
        raise InvalidApi(f"the reference does not describe {', '.join(sorted(operations))}")


def _each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, path_item in document["paths"].items():
        for method in METHODS & path_item.keys():
            yield path, method, path_item[method]


def _add_examples(path: str, method: str, operation: dict[str, Any], call: Call) -> None:
    if not call.examples:
        raise InvalidApi(f"{call.operation_id} has no example")
    for example in call.examples:
        given = _parameters(path, method, example)
        for parameter in operation.get("parameters", []):
            if (values := given.pop(parameter["name"], None)) is not None:
                _add(parameter, example, _value(values, parameter["schema"]))
        if given:
            raise InvalidApi(f"{call.operation_id} has no parameter {', '.join(given)}")
        if example.request.body is not None:
            _add(operation["requestBody"]["content"]["application/json"], example, example.request.body)
        answer = operation["responses"].get(example.answer.status)
        if answer is None:
            raise InvalidApi(f"{call.operation_id} has no response {example.answer.status}")
        [content] = answer["content"].values()
        _add(content, example, example.answer.body)


def _add(part: dict[str, Any], example: Example, value: Any) -> None:
    part.setdefault("examples", {})[example.name] = {"summary": example.title, "value": value}


def _parameters(path: str, method: str, example: Example) -> dict[str, list[str]]:
    """Return the path and query parameters of an example's request.

    Raises:
        InvalidApi: If the request does not match the operation's path.
    """
    target = urlsplit(example.request.target)
    template = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    found = re.fullmatch(template, target.path)
    if found is None or example.request.method.lower() != method:
        raise InvalidApi(f"{example.request.start} is not {method.upper()} {path}")
    return {name: [value] for name, value in found.groupdict().items()} | parse_qs(target.query)


def _value(values: list[str], schema: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "array":
            return values
        case "integer":
            return int(values[0])
        case _:
            return values[0]
