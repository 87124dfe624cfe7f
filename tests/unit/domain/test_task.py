"""A task and its history."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import (
    HistoryEntry,
    Task,
    accepted,
    unreadable,
    with_attempts,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FAILURE = TaskError.of(Category.NETWORK, "Timeout", "too late")

P, Q, W, R, S, D = (
    Status.PENDING,
    Status.QUEUED,
    Status.PROCESSING,
    Status.RETRYING,
    Status.SUCCEEDED,
    Status.DEAD_LETTERED,
)


def entries(statuses: Sequence[Status]) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            at=NOON + timedelta(seconds=second), status=status, error=FAILURE if status is R else None
        )
        for second, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "attempts"),
    [
        ([P], [None]),
        ([P, Q, W, S], [None, None, 1, 1]),
        ([P, W, S], [None, 1, 1]),
        ([P, Q, W, R, W, S], [None, None, 1, 1, 2, 2]),
        ([P, Q, W, R, W, R, W, D], [None, None, 1, 1, 2, 2, 3, 3]),
        ([P, Q, W, W, S], [None, None, 1, 2, 2]),
        ([P, Q, D], [None, None, None]),
        ([P, Q, W, D, Q, W, S], [None, None, 1, 1, None, 1, 1]),  # redriven: counted anew
    ],
    ids=lambda value: "-".join(str(each)[:2] for each in value),
)
def test_entries_are_numbered_by_the_attempt_that_they_belong_to(
    statuses: list[Status], attempts: list[int | None]
) -> None:
    """An attempt begins at PROCESSING and lasts to the next; a generation's attempts count from 1."""
    assert [entry.attempt for entry in with_attempts(entries(statuses))] == attempts


@pytest.mark.parametrize(
    ("statuses", "lost"),
    [
        ([P, Q, W], []),  # still at work
        ([P, Q, W, W], [2]),
        ([P, Q, W, W, W, D], [2, 3]),  # the last one's error is in the D
        ([P, Q, W, R, W, W, S], [4]),
        ([P, Q, W, R, W, S], []),
    ],
    ids=lambda value: "-".join(str(each)[:2] for each in value),
)
def test_an_attempt_that_another_followed_without_a_word_was_lost(
    statuses: list[Status], lost: list[int]
) -> None:
    """PROCESSING right after PROCESSING means that the first never reported back."""
    shown = with_attempts(entries(statuses))
    assert [place for place, entry in enumerate(shown) if entry.error == LOST_ATTEMPT] == lost


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=12))
def test_numbering_changes_nothing_else_and_may_be_repeated(statuses: list[Status]) -> None:
    """Whatever the history, times, states and errors stay, and numbering it again gives the same."""
    stored = entries(statuses)
    shown = with_attempts(stored)
    assert [(entry.at, entry.status) for entry in shown] == [(entry.at, entry.status) for entry in stored]
    assert [entry.error for entry in shown if entry.status is R] == [FAILURE] * statuses.count(R)
    assert with_attempts(shown) == shown


def test_an_accepted_task_is_pending_and_unattempted() -> None:
    """A submission becomes a PENDING task of generation 0 with one entry in its history."""
    submission = Submission.model_validate(
        {"payload": {"a": 1}, "type": "x", "orderingKey": "k", "simulate": {"failures": 1}}
    )
    task = accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=NOON)
    assert (task.status, task.attempts, task.generation, task.max_attempts) == (P, 0, 0, 3)
    assert task.history == [HistoryEntry(at=NOON, status=P)]
    assert (task.type, task.payload, task.ordering_key) == ("x", {"a": 1}, "k")
    assert task.simulate == submission.simulate
    assert task.submitted_at == task.updated_at == NOON


def test_attempts_share_their_generations_idempotency_key() -> None:
    """The key names the task and the generation, whatever the attempt."""
    task = a_task()
    retried = task.model_copy(update={"attempts": 2})
    redriven = task.model_copy(update={"generation": 1})
    assert task.idempotency_key == retried.idempotency_key == "t:0"
    assert redriven.idempotency_key == "t:1"


def test_a_task_on_the_wire() -> None:
    """Keys are camelCase, times RFC 3339 with milliseconds; `simulate` is not shown."""
    shown = a_task().model_dump(mode="json", by_alias=True, exclude_none=True)
    assert shown == {
        "taskId": "t",
        "type": "echo",
        "status": "PENDING",
        "attempts": 0,
        "maxAttempts": 3,
        "generation": 0,
        "payload": {},
        "history": [{"at": "2026-01-31T12:00:00.000Z", "status": "PENDING"}],
        "correlationId": "c",
        "submittedAt": "2026-01-31T12:00:00.000Z",
        "updatedAt": "2026-01-31T12:00:00.000Z",
    }


def test_a_message_that_is_no_task_is_recorded_dead() -> None:
    """Its record holds the body as it came, and what is wrong with it."""
    error = TaskError.of(Category.VALIDATION, "NotATask", "not JSON")
    task = unreadable("not {JSON", message_id="m-1", error=error, at=NOON)
    assert (task.task_id, task.status, task.error) == ("message:m-1", D, error)
    assert task.payload == {"body": "not {JSON"}
    assert task.history == [HistoryEntry(at=NOON, status=D, error=error)]


def a_task() -> Task:
    submission = Submission.model_validate({"payload": {}, "simulate": {"crash": True}})
    return accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=NOON)
