"""The editor with its two views, and JSON input, which must be an object."""

from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console.payload_editor import PayloadEditor, absence, parsed_object
from faultline.console.schema_form import NotJson


@pytest.mark.parametrize(("typed", "read"), [('{"n": 1}', {"n": 1}), ("", {}), (None, {})])
def test_an_object_is_read(typed: str | None, read: object) -> None:
    assert parsed_object("payload", typed) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("[1]", "patch: must be a JSON object"),
        ('{"n": 1', "patch: not valid JSON"),
        ('{"n": NaN}', "NaN is not a JSON number"),
    ],
)
def test_anything_else_is_refused(typed: str, said: str) -> None:
    with pytest.raises(NotJson, match=said):
        parsed_object("patch", typed)


SCHEMA = {"properties": {"url": {"type": "string"}, "count": {"type": "integer"}, "body": {}}}


class Drawn:
    """An editor that is drawn.

    Attributes:
        switch: Switch between the form and JSON.
    """

    def __init__(self, client: Client, payload: dict[str, Any] | None) -> None:
        self.client = client
        self.editor = PayloadEditor(SCHEMA, payload)
        self.editor.draw()
        (self.switch,) = self._all(ui.switch)

    @property
    def json(self) -> Any:
        """Field of the JSON view."""
        return self.field("Payload")

    def field(self, label: str) -> Any:
        """Return the field with this label."""
        return next(each for each in self._all(ui.input) if each.label == label)

    @property
    def said(self) -> list[str]:
        """Texts of paragraphs."""
        return [each.text for each in self._all(TextElement) if each.tag == "p"]

    def _all[T: ui.element](self, type_: type[T]) -> list[T]:
        return [each for each in self.client.elements.values() if isinstance(each, type_)]


def test_edits_are_carried_over_to_the_other_view(drawn: Client) -> None:
    view = Drawn(drawn, {"url": "a", "count": 5})
    view.field("url").value = "b"
    view.switch.value = True
    assert parsed_object("payload", view.json.value) == {"url": "b", "count": 5}
    view.json.value = '{"url": "c", "body": {"n": 1}}'
    view.switch.value = False
    assert view.field("url").value == "c"
    assert view.editor.given() == {"url": "c", "body": {"n": 1}}


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("Payload", '{"url": 1, "more": 2}', "The form cannot show these values: url, more"),
        ("Payload", "[]", "payload: must be a JSON object"),
        ("body", "{", "body: not valid JSON"),
    ],
)
def test_a_view_stays_if_the_other_cannot_show_the_edits(
    drawn: Client, label: str, typed: str, said: str
) -> None:
    view = Drawn(drawn, {"url": "a"})
    is_json = label == "Payload"
    view.switch.value = is_json
    (view.json if is_json else view.field(label)).value = typed
    view.switch.value = not is_json
    assert view.switch.value == is_json
    assert said in view.said[-1]
    (view.json if is_json else view.field(label)).value = "{}"
    assert view.editor.given() == ({} if is_json else {"url": "a", "body": {}})
    view.switch.value = not is_json
    assert view.switch.value != is_json
    assert view.said == []


@pytest.mark.parametrize("payload", [{"url": 1}, {"count": "abc"}, {"url": "a", "unknown": 1}])
def test_a_payload_that_does_not_fit_the_schema_is_shown_as_json(
    drawn: Client, payload: dict[str, Any]
) -> None:
    view = Drawn(drawn, payload)
    assert view.switch.value
    assert view.editor.given() == payload


def test_a_placeholder_of_a_payload_is_not_a_payload(drawn: Client) -> None:
    placeholder = {"omitted": True, "bytes": 700_000}
    view = Drawn(drawn, placeholder)
    assert view.editor.given() == {}
    assert view.said == [absence(placeholder)] != [""]
    assert absence({}) == "The payload is empty, or has expired."
    assert [absence(each) for each in (None, {"omitted": True}, {**placeholder, "n": 1})] == [""] * 3
