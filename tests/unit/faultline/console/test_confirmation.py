"""Summary of an action on many tasks."""

from typing import Any

import pytest

from faultline.console.confirmation import summary
from faultline.operations.bulk import Progress

FIELDS = [{"field": "payload.url", "message": "no URL"}, {"field": "payload.n", "message": "too large"}]
FAILED = [
    {"taskId": f"T-{number}", "problem": {"detail": "Not valid", "errors": FIELDS}} for number in range(60)
]
REASON = "T-0: Not valid (payload.url: no URL; payload.n: too large)"


@pytest.mark.parametrize(
    ("progress", "problems", "is_stopped", "expected"),
    [
        ({"more": False}, [], False, "40 done"),
        ({"more": False}, [], True, "40 done"),  # it was stopped too late
        ({}, [], True, "stopped, 40 done"),
        ({"failed": FAILED, "more": False}, [], False, f"40 done, 60 could not be changed. {REASON}"),
        ({}, ["HTTP 503: busy"], False, "40 done. HTTP 503: busy"),
        (
            {"failed": FAILED[:1]},
            ["HTTP 503: busy"],
            False,
            f"40 done, 1 could not be changed. HTTP 503: busy. {REASON}",
        ),
        (
            {"failed": [{"taskId": "a", "problem": {"detail": "Ended"}}]},
            [],
            False,
            "40 done, 1 could not be changed. a: Ended",
        ),
    ],
)
def test_the_summary_counts_what_failed(
    progress: dict[str, Any], problems: list[str], is_stopped: bool, expected: str
) -> None:
    assert summary(Progress(filter={}, done=40, **progress), problems, is_stopped=is_stopped) == expected
