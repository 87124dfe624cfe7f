"""Form generated from the JSON Schema of a kind's payload."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement

from faultline.console.json_area import JsonArea
from lambdas.domain import strict_json

_MAX_EXACT = 2**53
"""Largest size of a number whose neighbours a browser can still tell apart from it."""
_NUMBERS = ("number", "integer")


class NotJson(ValueError):
    """A field is not valid JSON, or is too large; the message names the field."""


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
    _drawn: dict[str, Any] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)

    @property
    def has_fields(self) -> bool:
        """Whether the schema has any fields."""
        return bool(self._properties)

    @property
    def unsuited(self) -> list[str]:
        """Names of the values that no field can show."""
        known = self._properties
        return [
            name for name, value in self.values.items() if name not in known or not suits(known[name], value)
        ]

    @property
    def _properties(self) -> Mapping[str, Mapping[str, Any]]:
        properties: Mapping[str, Mapping[str, Any]] = self.schema.get("properties", {})
        return properties

    def draw(self) -> None:
        """Draw a field for each property, without the values that it cannot show."""
        required = self.schema.get("required", [])
        for name, property_ in self._properties.items():
            label = name + (" *" if name in required else "")
            element = _drawn(label, property_, self._beginning(name, property_))
            self._fields[name], self._drawn[name] = element, element.value
            element.on_value_change(partial(self._touched.add, name))

    def _beginning(self, name: str, property_: Mapping[str, Any]) -> Any:
        """Return what a field shows at first; None if it is empty."""
        is_given = name in self.values and suits(property_, self.values[name])
        value = self.values[name] if is_given else property_.get("default")
        if _kind(property_) == "json":
            return json.dumps(value, ensure_ascii=False) if is_given or value is not None else None
        return value if suits(property_, value) else None

    def payload(self) -> dict[str, Any]:
        """Return the initial values with the edits: other fields keep their value, or remain absent.

        An emptied field is absent. A checkbox that must be given, or that somebody has touched, is present.

        Raises:
            NotJson: If a field is not valid JSON, or is too large.
        """
        found = dict(self.values)
        for name, element in self._fields.items():
            if isinstance(element, JsonArea):
                check_arrived(name, element)
            value, kind = element.value, _kind(self._properties[name])
            is_box = kind == "boolean" and name not in found and self._is_decided(name)
            if value == self._drawn[name] and not is_box:
                continue
            if kind != "choice" and value in (None, ""):
                found.pop(name, None)
            elif kind == "json":
                found[name] = _parsed(name, value)
            elif kind in _NUMBERS and abs(value) >= _MAX_EXACT:
                raise NotJson(f"{name}: too large for a field of numbers; edit the payload as JSON")
            else:
                found[name] = int(value) if kind == "integer" and value.is_integer() else value
        return found

    def _is_decided(self, name: str) -> bool:
        return name in self._touched or name in self.schema.get("required", [])

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


def suits(property_: Mapping[str, Any], value: Any) -> bool:
    """Return whether the field of a property can show a value without changing it.

    Args:
        property_: JSON Schema of the property.
        value: The value, which need not be valid.
    """
    match _kind(property_):
        case "choice":
            return any(type(each) is type(value) and each == value for each in property_["enum"])
        case "boolean":
            return isinstance(value, bool)
        case kind if kind in _NUMBERS:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and abs(value) <= _MAX_EXACT
        case "string":  # a field of one line drops the ends of others
            return isinstance(value, str) and "\n" not in value and "\r" not in value
        case _:
            return True


def _drawn(label: str, property_: Mapping[str, Any], value: Any) -> ValueElement[Any]:
    element: ValueElement[Any]
    match _kind(property_):
        case "choice":
            element = ui.select(property_["enum"], value=value, label=label).props("options-dense")
        case "boolean":
            return ui.checkbox(label, value=bool(value))
        case kind if kind in _NUMBERS:
            element = ui.number(label, value=value)
        case "string":
            element = ui.input(label, value=value or "")
        case _:
            element = JsonArea(label, value or "", placeholder="JSON")
    element.props("dense outlined").classes("wide")
    if description := property_.get("description"):
        element.props["hint"] = unquoted(description)
    return element


def _parsed(name: str, value: str) -> Any:
    try:
        return strict_json.loads(value)
    except ValueError as error:
        raise NotJson(f"{name}: not valid JSON ({error})") from error


def check_arrived(name: str, area: JsonArea) -> None:
    """Check that the text in the browser is the one that the console has.

    Raises:
        NotJson: If it is too large for that.
    """
    if area.is_outdated:
        raise NotJson(f"{name}: too large for the console; use the command faultline instead")


def unquoted(description: str) -> str:
    """Return a description without the backticks around names in it."""
    return description.replace("`", "")
