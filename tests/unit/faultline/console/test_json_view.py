"""JSON whose nested parts fold."""

from typing import Any

import pytest

from faultline.console.json_view import folds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1]}, True),
        ([{"a": 1}], True),
        ({"a": 1, "b": [], "c": {}}, False),
        ("text", False),
        ([[1]] * 100, True),
        ([[1]] * 300, False),
    ],
)
def test_only_nested_values_of_a_moderate_size_fold(value: Any, expected: bool) -> None:
    assert folds(value) is expected
