"""The periods that are searched for a task's log."""

from datetime import datetime
from typing import Any

from faultline.operations.task_log import windows


def entry(status: str, at: str) -> dict[str, Any]:
    return {"status": status, "at": f"2026-01-01T{at}Z"}


def clock(times: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{begin:%H:%M:%S}-{end:%H:%M:%S}" for begin, end in times]


def test_a_wait_of_hours_is_not_read() -> None:
    history = [
        entry("PENDING", "10:00:00"),
        entry("PROCESSING", "10:00:01"),
        entry("PARKED", "10:00:02"),
        entry("PROCESSING", "13:00:00"),
        entry("SUCCEEDED", "13:00:01"),
    ]
    assert clock(windows(history)) == ["09:59:57-10:00:07", "12:59:57-13:00:06"]


def test_an_attempt_of_minutes_is_read_to_its_end() -> None:
    history = [entry("PROCESSING", "10:00:00"), entry("RETRYING", "10:15:00")]
    assert clock(windows(history)) == ["09:59:57-10:15:05"]
