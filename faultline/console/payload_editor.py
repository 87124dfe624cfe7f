"""Editor for payloads: a form generated from the kind's JSON Schema, or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from faultline.console.elements import Area, text
from faultline.console.json_area import JsonArea
from faultline.console.schema_form import NotJson, SchemaForm, check_arrived
from lambdas.domain import strict_json

_EXAMPLE = {"hello": "world"}
_MAX_NAMED = 5


@dataclass
class PayloadEditor:
    """Editor for a payload.

    Args:
        schema: JSON Schema of the kind's payload.
        payload: Initial payload as the API returns it; None for an empty form.
    """

    schema: Mapping[str, Any]
    payload: Mapping[str, Any] | None = None
    _form: SchemaForm = field(init=False, repr=False)
    _json: JsonArea | None = field(default=None, init=False, repr=False)

    def draw(self) -> None:
        """Draw the editor; a payload with values that the form cannot show is shown as JSON."""
        if missing := absence(self.payload):
            text("p", missing, "muted")
        payload = {} if self.payload is None or missing else self.payload
        form = SchemaForm(self.schema, payload)
        is_json = not form.has_fields or bool(form.unsuited)
        self._switch = ui.switch("Payload as JSON", value=is_json, on_change=self._turn)
        self._switch.set_visibility(form.has_fields)
        with ui.element("div").classes("wide"):
            self._refusal = Area()
            self._view = ui.element("div")
        if is_json:
            self._draw_json(_EXAMPLE if self.payload is None else payload)
        else:
            self._draw_form(form)

    def _draw_json(self, payload: Mapping[str, Any]) -> None:
        self._view.clear()
        with self._view:
            self._json = JsonArea("Payload", json.dumps(payload, indent=2, ensure_ascii=False))
        self._json.props("outlined").classes("wide")

    def _draw_form(self, form: SchemaForm) -> None:
        self._view.clear()
        self._form, self._json = form, None
        with self._view, ui.element("div").classes("form"):
            form.draw()

    def _turn(self) -> None:
        """Carry the edits over to the other view, or stay in this one and say why."""
        is_json = self._json is not None
        if self._switch.value == is_json:
            return
        refusal = self._carry_over()
        self._refusal.show(refusal, _draw_refusal)
        if refusal:
            self._switch.value = is_json

    def _carry_over(self) -> str:
        """Draw the other view; return why it cannot show the payload, or an empty text."""
        try:
            payload = self.given()
        except NotJson as error:
            return str(error)
        if self._json is None:
            self._draw_json(payload)
            return ""
        form = SchemaForm(self.schema, payload)
        if names := form.unsuited:
            more = ", …" if len(names) > _MAX_NAMED else ""
            return f"The form cannot show these values: {', '.join(names[:_MAX_NAMED])}{more}"
        self._draw_form(form)
        return ""

    def given(self) -> dict[str, Any]:
        """Return the edited payload.

        Raises:
            NotJson: If the payload is not a JSON object, or a field is not valid JSON, or one is too large.
        """
        if self._json is None:
            return self._form.payload()
        check_arrived("payload", self._json)
        return parsed_object("payload", self._json.value)

    def complain(self, fields: Mapping[str, str]) -> list[str]:
        """Show error messages next to their fields; return those without a field in the form."""
        if self._json is not None:
            return [f"{name}: {message}" for name, message in fields.items()]
        return self._form.complain(fields)


def absence(payload: Mapping[str, Any] | None) -> str:
    """Describe what the API returns in place of a payload that has expired; an empty text for a payload."""
    match payload:
        case {"omitted": True, "bytes": int(), **rest} if not rest:
            return "The payload has expired, or is too large to be read together with the result."
        case {**members} if not members:
            return "The payload is empty, or has expired."
    return ""


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


def _draw_refusal(reason: str) -> None:
    if reason:
        text("p", reason, "error").props('role="alert"')
