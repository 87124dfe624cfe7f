"""An editor of a payload: a form made from the kind's JSON Schema, or JSON."""

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
    """The editor.

    Args:
        schema: The JSON Schema of the payloads of the kind.
        payload: The payload to begin with; None for an empty form.
    """

    schema: Mapping[str, Any]
    payload: Mapping[str, Any] | None = None
    _form: SchemaForm = field(init=False, repr=False)

    def draw(self) -> None:
        """Draw it. A payload that has more than the form knows is shown as JSON."""
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
        """Return the payload as it was edited.

        Raises:
            NotJson: If it, or a field of it, is no valid JSON, or it is no object.
        """
        return parsed_object("payload", self._json.value) if self._is_json.value else self._form.payload()

    def complain(self, fields: Mapping[str, str]) -> list[str]:
        """Show what was refused at its field; return what belongs to none."""
        if self._is_json.value:
            return [f"{name}: {message}" for name, message in fields.items()]
        return self._form.complain(fields)


def parsed_object(name: str, text: str | None) -> dict[str, Any]:
    """Return the JSON object that was typed; nothing is an empty one.

    Args:
        name: What it is, for the message.
        text: What was typed.

    Raises:
        NotJson: If it is no valid JSON, or no object.
    """
    try:
        found = strict_json.loads(text or "{}")
    except ValueError as error:
        raise NotJson(f"{name}: no valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise NotJson(f"{name}: must be a JSON object")
    return found
