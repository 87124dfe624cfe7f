"""Form generated from the JSON Schema of a kind's payload."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement

from lambdas.domain import strict_json


class NotJson(ValueError):
    """A field is not valid JSON; the message names the field."""


@dataclass
class SchemaForm:
    """Form for a payload; fields that are not of a simple type are edited as JSON.

    Args:
        schema: JSON Schema of the payload, which must be an object.
        values: Initial values by field.
    """

    schema: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    _fields: dict[str, ValueElement[Any]] = field(default_factory=dict)

    @property
    def has_fields(self) -> bool:
        """Whether the schema has any fields."""
        return bool(self.names)

    @property
    def names(self) -> set[str]:
        """Names of the fields."""
        return {*self.schema.get("properties", {})}

    def draw(self) -> None:
        """Draw a field for each property."""
        required = self.schema.get("required", [])
        for name, property_ in self.schema.get("properties", {}).items():
            label = name + (" *" if name in required else "")
            self._fields[name] = _drawn(label, _kind(property_), self._beginning(name, property_))

    def _beginning(self, name: str, property_: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the schema of a property, with its initial value as the default."""
        return {**property_, "default": self.values[name]} if name in self.values else property_

    def payload(self) -> dict[str, Any]:
        """Return the payload without fields that are empty or have their default value.

        Raises:
            NotJson: If a field is not valid JSON.
        """
        found: dict[str, Any] = {}
        for name, element in self._fields.items():
            property_ = self.schema["properties"][name]
            value = element.value
            if value in (None, "") or ("default" in property_ and value == property_["default"]):
                continue
            found[name] = _parsed(name, value) if _kind(property_) == "json" else value
            if _kind(property_) == "integer":
                found[name] = int(value)
        return found

    def complain(self, fields: Mapping[str, str]) -> list[str]:
        """Show error messages next to their fields; return those without a field in the form."""
        left = []
        for name, message in fields.items():
            element = self._fields.get(name.removeprefix("payload.").split(".")[0].split("[")[0])
            if element is None or not name.startswith("payload"):
                left.append(f"{name}: {message}")
            else:
                element.props["error"] = True
                element.props["error-message"] = message
                element.update()
        return left


def _kind(property_: Mapping[str, Any]) -> str:
    if "enum" in property_:
        return "choice"
    kind = property_.get("type")
    return kind if kind in ("string", "number", "integer", "boolean") else "json"


def _drawn(label: str, kind: str, property_: Mapping[str, Any]) -> ValueElement[Any]:
    default = property_.get("default")
    element: ValueElement[Any]
    match kind:
        case "choice":
            element = ui.select(property_["enum"], value=default, label=label).props("options-dense")
        case "boolean":
            return ui.checkbox(label, value=bool(default))
        case "number" | "integer":
            element = ui.number(label, value=default)
        case "string":
            element = ui.input(label, value=default or "")
        case _:
            element = ui.textarea(label, placeholder="JSON").props("autogrow input-class=id")
            if default is not None:
                element.value = json.dumps(default)
    element.props("dense outlined").classes("wide")
    if description := property_.get("description"):
        element.props["hint"] = unquoted(description)
    return element


def _parsed(name: str, value: str) -> Any:
    try:
        return strict_json.loads(value)
    except ValueError as error:
        raise NotJson(f"{name}: not valid JSON ({error})") from error


def unquoted(description: str) -> str:
    """Return a description without the backticks around names in it."""
    return description.replace("`", "")
