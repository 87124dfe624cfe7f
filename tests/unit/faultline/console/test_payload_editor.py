"""JSON input, which must be an object."""

import pytest

from faultline.console.payload_editor import parsed_object
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
