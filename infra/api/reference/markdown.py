"""Rendering of the enriched OpenAPI document as the page `docs/api.md`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.api.openapi import METHODS
from infra.api.reference.json_text import json_text
from infra.api.reference.schema_text import Models, Schema, description_of, prose, title_of
from infra.api.reference.source import Call, Example, Section
from lambdas.http.problems import ProblemType

_CALLS, _PROBLEMS, _OBJECTS = "{{calls}}", "{{problems}}", "{{objects}}"
_ANY_CALL = frozenset({"400", "401", "403", "415", "429", "500", "503", "504"})
"""Status codes of problems that any operation can respond with."""


def markdown(document: dict[str, Any], sections: Iterable[Section]) -> str:
    """Return the page for a document that `enrich` has completed."""
    page = _Page(document)
    return page.text(tuple(sections))


class _Page:
    def __init__(self, document: dict[str, Any]) -> None:
        self._models = Models(document["components"]["schemas"])
        self._operations = {
            path_item[method]["operationId"]: (method.upper(), path, path_item[method])
            for path, path_item in document["paths"].items()
            for method in METHODS & path_item.keys()
        }

    def text(self, sections: tuple[Section, ...]) -> str:
        blocks: list[str] = []
        for section in sections:
            if section.title:
                blocks.append(f"## {section.title}")
            for part in section.parts:
                blocks += [part] if isinstance(part, str) else self._call(part)
        text = "\n\n".join(blocks)
        text = text.replace(_CALLS, "\n".join(self._index(sections)))
        text = text.replace(_PROBLEMS, "\n".join(_problem_table()))
        # Last, since the objects are those that the other sections link to.
        return text.replace(_OBJECTS, "\n\n".join(self._objects())) + "\n"

    def _index(self, sections: tuple[Section, ...]) -> Iterator[str]:
        yield from ("| call | what it does |", "| --- | --- |")
        for section in sections:
            for call in section.calls:
                method, path, operation = self._operations[call.operation_id]
                what, _, _ = call.description.replace("\n", " ").partition(". ")
                yield f"| [`{method} {path}`](#{_anchor(operation['summary'])}) | {what.rstrip('.')} |"

    def _call(self, call: Call) -> Iterator[str]:
        method, path, operation = self._operations[call.operation_id]
        yield f"### {operation['summary']}"
        yield f"`{method} {path}`"
        yield call.description
        for where, title in (("path", "In the path"), ("query", "In the query")):
            found = [each for each in operation.get("parameters", []) if each["in"] == where]
            if found:
                yield self._table(
                    title,
                    {each["name"]: {**each["schema"], **_described(each)} for each in found},
                    {each["name"] for each in found if each["required"] and where == "query"},
                )
        if body := operation.get("requestBody"):
            yield self._body(body)
        for example in call.examples:
            yield from _shown(example)
        yield self._answers(operation)
        yield _problems(path, operation)

    def _body(self, body: Schema) -> str:
        schema = self._models.resolved(body["content"]["application/json"]["schema"])
        title = "In the body" if body.get("required") else "In the body, which may be absent"
        table = self._table(title, schema["properties"], schema.get("required", ()))
        payloads = [
            f"`{each['if']['properties']['type']['const']}` "
            + self._models.link(each["then"]["properties"]["payload"])
            for each in schema.get("allOf", [])
        ]
        return f"{table}\n\nThe `payload` of each `type`: {', '.join(payloads)}." if payloads else table

    def _table(self, title: str, fields: Mapping[str, Schema], required: Iterable[str]) -> str:
        rows = [
            f"| `{name}`{' **required**' if name in required else ''} | {self._type(field)} "
            f"| {_cell(description_of(field, self._models))} |"
            for name, field in fields.items()
        ]
        return "\n".join([f"| {title} | type | meaning |", "| --- | --- | --- |", *rows])

    def _type(self, field: Schema) -> str:
        default = field.get("default")
        shown = "" if default is None or isinstance(default, list) else f"; default `{_default(default)}`"
        return _cell(self._models.type_of(field)) + shown

    def _answers(self, operation: Schema) -> str:
        rows = []
        for status, answer in operation["responses"].items():
            if status < "400":
                [content] = answer["content"].values()
                rows.append(f"- {status} {self._models.type_of(content['schema'])}: {answer['description']}.")
        return "\n".join(["**Responses**", "", *rows])

    def _objects(self) -> Iterator[str]:
        done = 0
        while done < len(self._models.linked):
            name = self._models.linked[done]
            done += 1
            schema = self._models.resolved({"$ref": f"#/components/schemas/{name}"})
            yield f"### {title_of(name)}"
            yield _cell(prose(schema.get("description", "")))
            rows = [
                f"| `{field}{'' if field in schema.get('required', ()) else '?'}` | {self._type(value)} "
                f"| {_cell(description_of(value, self._models))} |"
                for field, value in schema.get("properties", {}).items()
            ]
            if rows:
                yield "\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows])


def _described(parameter: Schema) -> Schema:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _shown(example: Example) -> Iterator[str]:
    yield f"#### {example.title}"
    yield f"```sh\n{_curl(example)}\n```"
    headers = "".join(f", `{name}: {value}`" for name, value in example.answer.headers.items())
    yield f"`{example.answer.start}`{headers}"
    yield f"```json\n{json_text(example.answer.body)}\n```"


def _curl(example: Example) -> str:
    request = example.request
    has_body = request.body is not None
    method = "" if request.method == ("POST" if has_body else "GET") else f" -X {request.method}"
    plain = not set(request.target) & set("?&")
    url = f"$API{request.target}" if plain else f'"$API{request.target}"'
    if not has_body:
        return f"curl -s{method} {url}"
    body = json_text(request.body, used=len("  -d ''"))
    assert "'" not in body, "the shell would end the body there"
    return f"curl -s{method} {url} -H 'Content-Type: application/json' \\\n  -d '{body}'"


def _problems(path: str, operation: Schema) -> str:
    own = [
        f"{status} `{problem.uri.rpartition(':')[2]}` ({problem.title.lower()})"
        for status, answer in operation["responses"].items()
        if status >= "400" and status not in _ANY_CALL and (status != "404" or "{" in path)
        for problem in ProblemType
        if problem.title == answer["description"]
    ]
    any_call = "[those of any call](#problems)"
    return f"**Problems**: {', '.join([*own, f'and {any_call}']) if own else any_call}."


def _problem_table() -> Iterator[str]:
    yield from ("| `type` | status | title |", "| --- | --- | --- |")
    for problem in ProblemType:
        yield f"| `{problem.uri}` | {problem.status.value} | {problem.title} |"


def _anchor(heading: str) -> str:
    kept = "".join(char for char in heading.lower() if char.isalnum() or char in "- _")
    return kept.replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json_text(value)
