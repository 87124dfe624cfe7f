"""Editor for payloads: a form generated from the kind's JSON Schema, or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from faultline.console.schema_form import NotJson, SchemaForm
from lambdas.domain import strict_json

_EXAMPLE = {"hello": "world"}


@dataclass
class PayloadEditor:
    """Editor for a payload.

    Args:
        schema: JSON Schema of the kind's payload.
        payload: Initial payload; None for an empty form.
    """

    schema: Mapping[str, Any]
    payload: Mapping[str, Any] | None = None
    _form: SchemaForm = field(init=False, repr=False)

    def draw(self) -> None:
        """Draw the editor; a payload with fields that the form lacks is shown as JSON."""
        self._form = SchemaForm(self.schema, self.payload or {})
        fits = self._form.has_fields and not (self.payload or {}).keys() - self._form.names
        self._is_json = ui.switch("Payload as JSON", value=not fits)
        with (
            ui.element("div").classes("form").bind_visibility_from(self._is_json, "value", lambda on: not on)
        ):
            self._form.draw()
        text = json.dumps(_EXAMPLE if self.payload is None else self.payload, indent=2, ensure_ascii=False)
        self._json = ui.textarea("Payload", value=text).props("outlined autogrow input-class=id")
        self._json.classes("wide").bind_visibility_from(self._is_json, "value")
        self._is_json.set_visibility(self._form.has_fields)

    def given(self) -> dict[str, Any]:
        """Return the edited payload.

        Raises:
            NotJson: If the payload is not a JSON object, or a field is not valid JSON.
        """
        return parsed_object("payload", self._json.value) if self._is_json.value else self._form.payload()

    def complain(self, fields: Mapping[str, str]) -> list[str]:
        """Show error messages next to their fields; return those without a field in the form."""
        if self._is_json.value:
            return [f"{name}: {message}" for name, message in fields.items()]
        return self._form.complain(fields)


def parsed_object(name: str, text: str | None) -> dict[str, Any]:
    """Parse a JSON object; an empty text is an empty object.

    Args:
        name: Name of the input, for the error message.
        text: The text to parse.

    Raises:
        NotJson: If the text is not a JSON object.
    """
    try:
        found = strict_json.loads(text or "{}")
    except ValueError as error:
        raise NotJson(f"{name}: not valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise NotJson(f"{name}: must be a JSON object")
    return found
