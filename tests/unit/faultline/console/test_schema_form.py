"""Payloads before and after edits in a form."""

from typing import Any

import pytest
from nicegui import Client
from nicegui.elements.mixins.value_element import ValueElement

from faultline.console.schema_form import NotJson, SchemaForm, suits

SCHEMA: dict[str, Any] = {
    "properties": {
        "url": {"type": "string"},
        "note": {"type": "string", "default": "none"},
        "count": {"type": "integer"},
        "isDry": {"type": "boolean"},
        "mode": {"enum": ["fast", "safe"], "default": "safe"},
        "body": {},
    },
    "required": ["url"],
}


def form(values: dict[str, Any], schema: dict[str, Any] = SCHEMA) -> SchemaForm:
    """Return a form that is drawn."""
    found = SchemaForm(schema, values)
    found.draw()
    return found


def edit(client: Client, label: str, value: object) -> None:
    """Enter a value into the field with this label."""
    for element in client.elements.values():
        if isinstance(element, ValueElement) and label in (
            getattr(element, "label", None),
            getattr(element, "text", None),
        ):
            element.value = value


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"url": "", "note": "none", "body": None},
        {"url": "a", "count": 2.5, "mode": "safe", "isDry": False, "body": {"n": [1, None]}},
        {"url": "a", "mode": "gone", "count": "5.0", "isDry": "false", "unknown": 1},
    ],
    ids=["empty", "empty texts, defaults and null", "a fraction", "of another schema"],
)
def test_fields_that_nobody_edits_keep_their_values(drawn: Client, payload: dict[str, Any]) -> None:
    assert form(payload).payload() == payload


def test_an_edit_changes_only_its_own_field(drawn: Client) -> None:
    payload = {"url": "a", "note": "", "count": 5.0, "body": None}
    edited = form(payload)
    edit(drawn, "url *", "b")
    assert edited.payload() == {**payload, "url": "b"}
    edit(drawn, "url *", "")
    assert edited.payload() == {"note": "", "count": 5.0, "body": None}


@pytest.mark.parametrize(("typed", "sent"), [(7.0, "7"), (2.7, "2.7"), (None, None)])
def test_a_number_is_sent_as_it_was_typed(drawn: Client, typed: float | None, sent: str | None) -> None:
    """The API, and not the form, decides whether a fraction is valid."""
    edited = form({"count": 5})
    edit(drawn, "count", typed)
    found = edited.payload().get("count")
    assert (None if found is None else str(found)) == sent


def test_fields_of_json_and_choices_are_edited(drawn: Client) -> None:
    edited = form({"body": None})
    edit(drawn, "isDry", True)
    edit(drawn, "mode", "fast")
    edit(drawn, "body", '{"n": 1}')
    assert edited.payload() == {"isDry": True, "mode": "fast", "body": {"n": 1}}
    edit(drawn, "body", "{")
    with pytest.raises(NotJson, match="body: not valid JSON"):
        edited.payload()


def test_a_checkbox_that_must_be_given_is_sent_as_it_shows(drawn: Client) -> None:
    assert form({}, {**SCHEMA, "required": ["isDry"]}).payload() == {"isDry": False}


def test_a_checkbox_that_was_touched_is_sent_as_it_shows(drawn: Client) -> None:
    """The default of a field need not be in its schema: an empty box does not say that it is false."""
    edited = form({})
    edit(drawn, "isDry", True)
    edit(drawn, "isDry", False)
    assert edited.payload() == {"isDry": False}


def test_a_number_that_the_browser_would_change_is_refused(drawn: Client) -> None:
    edited = form({"count": 5})
    edit(drawn, "count", 9007199254740993.0)
    with pytest.raises(NotJson, match="count: too large for a field of numbers"):
        edited.payload()


@pytest.mark.parametrize(
    ("property_", "suited", "unsuited"),
    [
        ({"enum": ["a", 1]}, ["a", 1], ["b", True, None]),
        ({"type": "boolean"}, [True, False], ["false", 0, None]),
        ({"type": "integer"}, [5, 2.5, 2**53], ["5.0", True, None, 2**53 + 1]),
        ({"type": "number"}, [0, -1.5], ["abc", [1]]),
        ({"type": "string"}, ["", "a"], ["two\nlines", 1, None, {}]),
        ({"anyOf": [{"type": "null"}]}, [None, 1, "two\nlines"], []),
    ],
)
def test_which_values_a_field_can_show(
    property_: dict[str, Any], suited: list[object], unsuited: list[object]
) -> None:
    assert [suits(property_, value) for value in suited] == [True] * len(suited)
    assert [suits(property_, value) for value in unsuited] == [False] * len(unsuited)
