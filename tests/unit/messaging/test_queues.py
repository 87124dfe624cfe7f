"""Batches of messages that SQS refuses in part, and messages that it takes for duplicates."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.messaging.queues import MAX_TRIES, TaskQueue

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Sqs:
    """An SQS client that refuses a group's messages a given number of times, as no emulator does."""

    def __init__(self, **refusals: int) -> None:
        self.refusals = refusals
        self.calls: list[list[str]] = []

    def send_message_batch(self, **arguments: Any) -> Any:
        entries = arguments["Entries"]
        assert arguments["QueueUrl"] == "url"
        assert len({each["Id"] for each in entries}) == len(entries) <= 10
        self.calls.append([each["MessageGroupId"] for each in entries])
        failed = []
        for each in entries:
            if self.refusals.get(each["MessageGroupId"], 0):
                self.refusals[each["MessageGroupId"]] -= 1
                failed.append({"Id": each["Id"], "Message": "busy"})
        return {"Successful": [], "Failed": failed} if failed else {"Successful": []}


def task(id: str) -> Task:
    submission = Submission.model_validate({"payload": {}})
    return accepted(submission, task_id=id, max_attempts=1, correlation_id="c", at=NOON)


@pytest.mark.parametrize(
    ("refusals", "taken", "calls"),
    [
        ({}, "abc", ["abc"]),
        ({"b": 1}, "acb", ["abc", "b"]),
        ({"a": 2, "b": 1}, "cba", ["abc", "ab", "a"]),
        ({"c": 9}, "ab", ["abc", "c", "c"]),
        ({"a": 9, "b": 9, "c": 9}, "", ["abc"] * MAX_TRIES),
    ],
)
def test_those_that_are_refused_are_sent_again(
    refusals: dict[str, int], taken: str, calls: list[str]
) -> None:
    sqs: Any = Sqs(**refusals)
    queue = TaskQueue(sqs, "url")
    assert [each.task_id for each in queue.send_all([task(id) for id in "abc"])] == [*taken]
    assert sqs.calls == [[*call] for call in calls]


class Deduplicating:
    """An SQS client that silently drops duplicates, also of messages that are gone."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_message(self, *, MessageDeduplicationId: str, **_: Any) -> None:  # noqa: N803
        if MessageDeduplicationId not in self.sent:
            self.sent.append(MessageDeduplicationId)


@pytest.mark.parametrize(
    ("later", "messages"),
    [({}, 1), ({"attempts": 1}, 2), ({"releases": 1}, 2), ({"generation": 1}, 2)],
    ids=repr,
)
def test_only_a_repetition_is_a_duplicate(later: dict[str, int], messages: int) -> None:
    """A lost message is replaced for the next attempt, even within 5 minutes, and only once."""
    sqs: Any = Deduplicating()
    queue, first = TaskQueue(sqs, "url"), task("a")
    queue.send(first)
    for _ in range(2):
        queue.send(first.model_copy(update=later))
    assert len(sqs.sent) == messages
