"""`faultline stats`."""

from typing import Any

from faultline.cli.stats import _lines

QUIET: dict[str, Any] = {
    "window": "1h",
    "deadLetters": {"total": 0, "byReason": [], "more": False},
    "openCircuits": [],
    "pausedKinds": [],
}


def test_the_oldest_task_is_shown_with_its_age() -> None:
    """The seconds of the oldest task count from its submission, so they are not called its wait."""
    waiting = {"taskId": "a", "submittedAt": "2026-01-31T12:00:00.000Z", "seconds": 90}
    lines = [line.plain for line in _lines({**QUIET, "oldestWaiting": waiting})]
    assert lines[1:] == ["oldest task on the queue: a, submitted 90 s ago"]
