"""Text that describes the types and limits in JSON Schemas."""

import re
from typing import Any

Schema = dict[str, Any]

_MODELS = "#/components/schemas/"
_NAMED = {
    "Status": "[state](#states-of-a-task)",
    "JsonValue": "any JSON",
}
_NAMES = "^[A-Za-z0-9_.:-]+$"
_WORDS = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}


class Models:
    """The models of a document, and those that the page has linked to so far.

    Args:
        schemas: The schemas by their names.
    """

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self.linked: list[str] = []

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a reference points to; any other schema is returned unchanged."""
        name = schema.get("$ref", "").removeprefix(_MODELS)
        return self._schemas[name] if name else schema

    def link(self, schema: Schema) -> str:
        """Return a Markdown link to a model, and record it."""
        name = schema["$ref"].removeprefix(_MODELS)
        title = title_of(name)
        if title not in map(title_of, self.linked):
            self.linked.append(name)
        return f"[{title}](#{title.lower()})"

    def type_of(self, schema: Schema) -> str:
        """Return the type of a field with its limits, as Markdown."""
        schema = _without_null(schema)
        if "anyOf" in schema:
            return " or ".join(self.type_of(each) for each in schema["anyOf"])
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_MODELS)
            model = self.resolved(schema)
            if name in _NAMED:
                return _NAMED[name]
            return _choice(model) if "enum" in model else self.link(schema)
        if "enum" in schema:
            return _choice(schema)
        match schema.get("type"):
            case "array":
                return f"list{_range(schema, 'Items', ' ({})')} of {self.type_of(schema.get('items', {}))}"
            case "object":
                return self._map(schema)
            case "string" if schema.get("format") == "date-time":
                return "time"
            case str() as kind:
                return _WORDS[kind] + _limits(schema)
            case _:
                return "any JSON"

    def _map(self, schema: Schema) -> str:
        values = schema.get("additionalProperties", {})
        if not isinstance(values, dict) or values.get("$ref") == f"{_MODELS}JsonValue" or not values:
            return "object"
        return f"object of {self.type_of(values)} by {self._key(schema)}"

    def _key(self, schema: Schema) -> str:
        names = schema.get("propertyNames", {}).get("$ref", "").removeprefix(_MODELS)
        return _NAMED.get(names, names.lower() or "name")


def title_of(name: str) -> str:
    """Return a model's name without the suffix by which pydantic distinguishes input from output."""
    return name.removesuffix("-Input").removesuffix("-Output")


def description_of(schema: Schema, models: Models) -> str:
    """Return the description of a field, falling back to that of its type."""
    inner = _without_null(schema)
    text = schema.get("description") or inner.get("description") or ""
    if not text and "$ref" in inner:
        text = models.resolved(inner).get("description", "").partition("\n\n")[0]
    return prose(text)


def prose(description: str) -> str:
    """Return a description on one line, without the list of members, which the page shows as a table."""
    text = " ".join(description.split())
    text = re.sub(r" As JSON `\{[^`]*\}`\.(?= |$)", "", text)
    return re.sub(r": `\{[^`]*\}`(?=\.$|\. |, |$)", "", text)


def _without_null(schema: Schema) -> Schema:
    real = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if not real:
        return schema
    return {**schema, "anyOf": real} if len(real) > 1 else real[0]


def _choice(schema: Schema) -> str:
    return ", ".join(f"`{value}`" for value in schema["enum"])


def _limits(schema: Schema) -> str:
    kind = schema["type"]
    text = _range(schema, "Length", ", {} characters") if kind == "string" else ""
    if kind in ("integer", "number"):
        low, high = schema.get("minimum"), schema.get("maximum")
        if high is not None:
            more_than = schema.get("exclusiveMinimum")
            text = f", more than {more_than:g}" if more_than is not None else f", {low or 0:g} to"
            text += f", {high:g} at most" if more_than is not None else f" {high:g}"
    if (pattern := schema.get("pattern")) is not None:
        text += " of `A-Z a-z 0-9 _ . : -`" if pattern == _NAMES else f", matching `{pattern}`"
    return text


def _range(schema: Schema, what: str, text: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if high is None:
        return ""
    return text.format(f"{low} to {high}" if low else f"at most {high}")
