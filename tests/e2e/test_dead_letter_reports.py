"""Reports on dead letters."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.domain.serialization import rfc3339
from tests.e2e.dead_letters import refused, report, word
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack


def test_a_report_counts_what_died_since(stack: Stack, sink: Sink) -> None:
    """A report counts dead letters since a time, by category, kind, time and similar reason."""
    reason = word()
    first = refused(stack, sink, f"{reason}/1")
    second = refused(stack, sink, f"{reason}/22")
    died = [task["history"][-1]["at"] for task in (first, second)]
    assert died[0] < died[1]

    def own(since: str) -> list[dict[str, Any]]:
        made = report(stack, since)
        assert made["total"] == sum(made["byCategory"].values()) == sum(made["byKind"].values())
        assert made["total"] == sum(each["count"] for each in made["trend"])
        assert made["total"] == sum(each["count"] for each in made["byReason"]) + made["otherReasons"]
        assert made["trend"][0]["at"] == made["since"] == since
        return [each for each in made["byReason"] if reason in each["reason"]]

    [found] = own(died[0])
    assert (found["category"], found["type"], found["count"]) == ("VALIDATION", "InvalidWork", 2)
    assert (found["earliest"], found["latest"], found["latestTaskId"]) == (*died, second["taskId"])
    assert sum(found["trend"]) == 2
    assert f"https://a.example/{reason}/<n>" in found["reason"]
    after_first = rfc3339(datetime.fromisoformat(died[0]) + timedelta(milliseconds=1))
    assert [each["count"] for each in own(after_first)] == [1]
    after_both = rfc3339(datetime.fromisoformat(died[1]) + timedelta(milliseconds=1))
    assert own(after_both) == []


def test_what_was_redriven_is_not_reported(stack: Stack, sink: Sink) -> None:
    """A redriven task is no longer in a report, and its analysis is deleted."""
    reason = word()
    began = datetime.now(UTC)
    task = refused(stack, sink, reason)
    assert reason in json.dumps(report(stack, began)["byReason"])
    sink.answer(200)
    assert stack.redrive(task["taskId"]).status == 202
    assert "analysis" not in stack.becomes(task["taskId"], "SUCCEEDED")
    made = report(stack, began)
    assert reason not in json.dumps(made)
    assert task["taskId"] not in json.dumps(made["samples"])


def test_a_report_is_bounded(stack: Stack, sink: Sink) -> None:
    """A report counts dead letters up to its limit, and states that there are more."""
    began = datetime.now(UTC)
    for _ in range(2):
        refused(stack, sink, word())
    made = report(stack, began, limit=1)
    assert (made["total"], made["more"]) == (1, True)
    assert len(made["samples"]) <= 1
    assert report(stack, began)["more"] is False


def test_a_large_payload_is_left_out_of_a_report(stack: Stack, sink: Sink) -> None:
    """A large payload is replaced by its size in a report's samples."""
    began = datetime.now(UTC)
    task = refused(stack, sink, word(), payload={"body": {"text": "x" * 10_000}})
    samples = [each for each in report(stack, began)["samples"] if each["taskId"] == task["taskId"]]
    for sample in samples:
        assert sample["payload"]["omitted"] is True
        assert sample["payload"]["bytes"] > 10_000


@pytest.mark.parametrize(
    ("request_", "field", "message"),
    [
        ({}, "report.since", "Field required"),
        ({"since": "yesterday"}, "report.since", "RFC 3339"),
        ({"since": "2026-01-31T12:00:00"}, "report.since", "RFC 3339"),
        ({"since": 1769860800}, "report.since", "RFC 3339"),
        ({"since": "2999-01-01T00:00:00Z"}, "report.since", "is in the future"),
        ({"since": "2026-01-01T00:00:00Z", "limit": 0}, "report.limit", "greater than or equal to 1"),
        ({"since": "2026-01-01T00:00:00Z", "limit": "9"}, "report.limit", "valid integer"),
        ({"since": "2026-01-01T00:00:00Z", "until": "x"}, "report.until", "Extra inputs"),
        ("all", "report", "dictionary"),
    ],
)
def test_a_wrong_request_for_a_report_is_answered(
    stack: Stack, request_: Any, field: str, message: str
) -> None:
    """An invalid request is answered with its errors instead of failing the function."""
    [error] = stack.invoke("monitor_dlq", {"report": request_})["errors"]
    assert error["field"] == field
    assert message in error["message"]
