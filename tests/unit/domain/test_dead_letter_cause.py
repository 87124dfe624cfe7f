"""The cause of a dead letter."""

from datetime import UTC, datetime

import pytest

from lambdas.domain.dead_letter_cause import NO_CAUSE_RECORDED, cause, cause_without_task
from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.message import TaskMessage
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
RECORDED = TaskError.of(Category.NETWORK, "NetworkFailure", "too late")
SAID = TaskError.of(Category.RATE_LIMIT, "RateLimited", "later")
D, W, R, Q = Status.DEAD_LETTERED, Status.PROCESSING, Status.RETRYING, Status.QUEUED


@pytest.mark.parametrize(
    ("status", "recorded", "said", "found"),
    [
        (D, RECORDED, None, RECORDED),
        (D, RECORDED, SAID, RECORDED),
        (D, None, SAID, SAID),
        (D, None, None, NO_CAUSE_RECORDED),
        (R, RECORDED, None, RECORDED),
        (Q, None, None, NO_CAUSE_RECORDED),
        (W, None, None, LOST_ATTEMPT),
        (W, RECORDED, None, LOST_ATTEMPT),  # of the previous attempt
        (W, None, SAID, LOST_ATTEMPT),
    ],
)
def test_the_attempts_word_comes_first(
    status: Status, recorded: TaskError | None, said: TaskError | None, found: TaskError
) -> None:
    """A dead letter's cause is its attempt's error or loss, else the message's error, else UNKNOWN."""
    submission = Submission.model_validate({"payload": {}})
    task = accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=NOON).model_copy(
        update={"status": status, "error": recorded}
    )
    assert cause(task, TaskMessage(task_id="t", generation=0, correlation_id="c", error=said)) == found
    assert NO_CAUSE_RECORDED.category is Category.UNKNOWN


def test_what_is_no_task_is_invalid() -> None:
    """A message without a task has a VALIDATION error with the reason."""
    error = cause_without_task(None, "not JSON: Expecting value")
    assert (error.category, error.type) == (Category.VALIDATION, "NotATask")
    assert error.message == "not JSON: Expecting value"
    unknown = TaskMessage(task_id="t", generation=0, correlation_id="c")
    assert cause_without_task(unknown, "no task t is recorded").category is Category.VALIDATION


def test_the_message_of_a_task_that_is_gone_says_what_it_died_of() -> None:
    """Without a record of the task, the cause is the error in its message."""
    message = TaskMessage(task_id="t", generation=0, correlation_id="c", error=SAID)
    error = cause_without_task(message, "no task t is recorded")
    assert (error.category, error.type, error.retryable) == (Category.RATE_LIMIT, "RateLimited", True)
    assert error.message == "later (no task t is recorded)"
