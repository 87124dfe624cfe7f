"""Limits of a report's time and memory, for any number of dead letters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.task import Task
from lambdas.monitor_dlq.report import Reporter, ReportRequest
from lambdas.monitor_dlq.tally import MAX_REASONS, MAX_REASONS_SHOWN
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.dead_letters import DeadLetter, DeadLetters
from lambdas.store.table import TaskTable

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
WORDS = [a + b + c for a in "abcdefghijklm" for b in "nopqrstuvwxyz" for c in "abcdefghijklm"]


class NoTasks(TaskTable):
    """A table without tasks, as if all had been deleted since their dead letters were counted."""

    def __init__(self) -> None:
        pass

    def get(self, task_id: str) -> Task | None:  # no task is there
        return None


class Given(DeadLetters):
    """Dead letters in batches of 100 that take a second each, optionally followed by an overload."""

    def __init__(self, dead: list[DeadLetter], *, overloaded: bool = False) -> None:
        self.dead = dead
        self.overloaded = overloaded
        self.seconds = 0

    def read(self, *, newest_first: bool) -> Iterator[list[DeadLetter]]:
        for first in range(0, len(self.dead), 100):
            self.seconds += 1
            yield self.dead[first : first + 100]
        if self.overloaded:
            raise TableOverloaded("some are unread")

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


def died(n: int, message: str = "down", *, at: datetime = NOON) -> DeadLetter:
    error = TaskError.of(Category.SYSTEM, "SystemFailure", message)
    return DeadLetter(task_id=f"t{n}", kind="echo", attempts=3, error=error, at=at)


def reporter(given: Given) -> Reporter:
    return Reporter(table=NoTasks(), dead_letters=given, now=given.now)


def request(**more: int) -> ReportRequest:
    return ReportRequest.model_validate({"since": "2026-01-31T11:00:00Z", **more})


def test_a_report_ends_before_its_function_does() -> None:
    """A report stops reading in time, and returns the counts so far."""
    given = Given([died(n) for n in range(5000)])
    made = reporter(given).report(request(), NOON, seconds=10)
    assert (made.total, made.more) == (700, True)
    assert sum(bucket.count for bucket in made.trend) == 700


def test_a_report_tells_when_there_is_no_more() -> None:
    """A report at its limit has `more` only if further dead letters of the period follow."""
    old = died(0, at=NOON - timedelta(hours=2))
    for behind in ([], [old]):
        given = Given([*(died(n) for n in range(7)), *behind])
        assert reporter(given).report(request(limit=7), NOON, seconds=60).more is False
    given = Given([*(died(n) for n in range(8)), old])
    made = reporter(given).report(request(limit=7), NOON, seconds=60)
    assert (made.total, made.more) == (7, True)


def test_each_reason_has_a_trend() -> None:
    """Each reason has a count for each bucket of the report, and its latest dead letter."""
    hours = [NOON - timedelta(minutes=minutes) for minutes in (59, 30, 0)]
    dead = [*(died(n, at=at) for n, at in enumerate(hours)), died(9, "other", at=hours[1])]
    made = reporter(Given(dead)).report(request(), NOON, seconds=60)
    down, other = made.by_reason
    assert [bucket.count for bucket in made.trend] == [
        sum(both) for both in zip(down.trend, other.trend, strict=True)
    ]
    assert (down.trend[0], down.trend[-1], sum(down.trend), sum(other.trend)) == (1, 1, 3, 1)
    assert (down.earliest, down.latest, down.latest_task_id) == (hours[0], hours[2], "t2")


def test_a_table_that_is_overloaded_ends_a_report() -> None:
    """An overloaded table ends a report, which has the dead letters read so far."""
    made = reporter(Given([died(1)], overloaded=True)).report(request(), NOON, seconds=60)
    assert (made.total, made.more) == (1, True)


def test_reasons_are_bounded() -> None:
    """A report has the most frequent reasons, and the number of dead letters with others."""
    many = [died(n, word) for n, word in enumerate(WORDS)]
    assert len(many) > MAX_REASONS
    made = reporter(Given([died(0, "often"), *many, died(1, "often")])).report(request(), NOON, seconds=600)
    assert len(made.by_reason) == MAX_REASONS_SHOWN
    assert (made.by_reason[0].reason, made.by_reason[0].count) == ("often", 2)
    assert made.other_reasons == made.total - 2 - (MAX_REASONS_SHOWN - 1)
    assert made.samples == []
