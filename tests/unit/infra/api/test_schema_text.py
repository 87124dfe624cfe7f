"""Descriptions of fields' types and limits in words."""

from typing import Any

import pytest

from infra.api.reference.schema_text import Models, description_of

MODELS: dict[str, Any] = {
    "Box-Input": {"type": "object", "description": "A box: `{a}`.\n\nIt is square."},
    "Box-Output": {"type": "object"},
    "Color": {"enum": ["red", "blue"]},
    "Status": {"enum": ["OPEN"]},
    "JsonValue": {},
}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "minLength": 1, "maxLength": 9}, "string, 1 to 9 characters"),
        (
            {"type": "string", "maxLength": 9, "pattern": "^[A-Za-z0-9_.:-]+$"},
            "string, at most 9 characters of",
        ),
        ({"type": "string", "pattern": "^a"}, "string, matching `^a`"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "integer", "minimum": 0.0, "maximum": 25.0}, "integer, 0 to 25"),
        ({"type": "integer", "minimum": 0.0, "maximum": 900_000.0}, "integer, 0 to 900000"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 60.0}, "number, more than 0, 60 at most"),
        ({"type": "boolean"}, "boolean"),
        ({"enum": ["a", "b"]}, "`a`, `b`"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer"),
        ({"anyOf": [{"type": "integer"}, ref("Color")]}, "integer or `red`, `blue`"),
        ({"type": "array", "maxItems": 5, "items": {"type": "string"}}, "list (at most 5) of string"),
        (ref("Box-Input"), "[Box](#box)"),
        (ref("Status"), "[state](#states-of-a-task)"),
        (ref("JsonValue"), "any JSON"),
        ({}, "any JSON"),
        ({"type": "object", "additionalProperties": ref("JsonValue")}, "object"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer by name"),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": ref("Status")},
            "object of integer by [state](#states-of-a-task)",
        ),
    ],
)
def test_a_type_is_told_with_its_limits(schema: dict[str, Any], text: str) -> None:
    assert Models(MODELS).type_of(schema).startswith(text)


def test_an_object_is_linked_once_whichever_way_it_goes() -> None:
    """An object used in both requests and answers is linked to a single description."""
    models = Models(MODELS)
    assert {models.type_of(ref(name)) for name in ("Box-Input", "Box-Output")} == {"[Box](#box)"}
    assert models.linked == ["Box-Input"]


def test_a_field_is_described_by_itself_or_by_its_type() -> None:
    """A field without a description of its own has that of its type, or none."""
    models, optional = Models(MODELS), {"anyOf": [ref("Box-Input"), {"type": "null"}]}
    assert description_of({**optional, "description": "Of\n wood."}, models) == "Of wood."
    assert description_of(optional, models) == "A box."
    assert description_of({"type": "string"}, models) == ""
