"""Work's view of a request to cancel its running task."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.process_task.cancel_watch import READ_EVERY_SECONDS, CancelWatch

TASK = accepted(
    Submission(payload={}),
    task_id="t",
    max_attempts=3,
    correlation_id="c",
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


class Table:
    """A table with one task, and a count of the reads."""

    def __init__(self) -> None:
        self.task: Task | None = TASK
        self.reads = 0
        self.away = False

    def get(self, task_id: str) -> Task | None:
        assert task_id == TASK.task_id
        self.reads += 1
        if self.away:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, "GetItem")
        return self.task

    def ask(self, **changes: object) -> None:
        self.task = TASK.model_copy(update={"cancel_requested": True, **changes})


def watch(table: Any, at: list[float]) -> CancelWatch:
    return CancelWatch(table=table, task=TASK, clock=lambda: at[0])


def test_a_request_is_seen_within_a_second() -> None:
    """A running task is read at most once a second, and not again once the request is known."""
    table, at = Table(), [10.0]
    cancelled = watch(table, at)
    assert not any(cancelled() for _ in range(100))
    table.ask()
    at[0] += READ_EVERY_SECONDS - 0.01
    assert not cancelled()
    assert table.reads == 1
    at[0] += 0.01
    assert cancelled()
    at[0] += 100
    assert cancelled()
    assert table.reads == 2


def test_nothing_is_read_before_work_asks() -> None:
    table = Table()
    watch(table, [0.0])
    assert table.reads == 0


def test_a_request_is_not_seen_while_the_table_is_away() -> None:
    """While the table cannot be read, no request is seen and no error is raised."""
    table, at = Table(), [0.0]
    cancelled = watch(table, at)
    table.ask()
    table.away = True
    assert not cancelled()
    table.away = False
    at[0] += READ_EVERY_SECONDS
    assert cancelled()


def test_a_request_to_cancel_another_attempt_is_none() -> None:
    """An attempt that was replaced, or whose task was deleted, sees no request to cancel."""
    table = Table()
    table.ask(attempts=1)
    assert not watch(table, [0.0])()
    table.task = None
    assert not watch(table, [0.0])()
