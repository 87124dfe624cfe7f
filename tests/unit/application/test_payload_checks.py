"""The limits of payloads."""

from typing import Any

import pytest

from lambdas.application.payload_checks import MAX_PAYLOAD_DEPTH, check_limits
from lambdas.domain.submission import MAX_PAYLOAD_BYTES
from lambdas.http.problems import ApiError, ProblemType

LARGEST = {"a": "é" * ((MAX_PAYLOAD_BYTES - 14) // 2), "b": 1}
"""A payload of the maximum size, as compact JSON in UTF-8."""


def nested(levels: int) -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for _ in range(levels - 1):
        deep = {"a": deep}
    return deep


@pytest.mark.parametrize("payload", [{}, LARGEST, nested(MAX_PAYLOAD_DEPTH)], ids=["empty", "large", "deep"])
def test_a_payload_at_a_limit(payload: dict[str, Any]) -> None:
    check_limits(payload)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (LARGEST | {"b": 10}, ProblemType.TOO_LARGE),
        (nested(MAX_PAYLOAD_DEPTH + 1), ProblemType.INVALID_REQUEST),
    ],
    ids=["large", "deep"],
)
def test_a_payload_beyond_a_limit(payload: dict[str, Any], problem: ProblemType) -> None:
    with pytest.raises(ApiError) as raised:
        check_limits(payload)
    assert raised.value.problem is problem
    assert [each.field for each in raised.value.errors] == ["payload"]
