"""Doing the same to many tasks, in calls of bounded length that go on from each other.

A call looks at the tasks of a filter in the order of their submission, which never changes, and tells the
place that it has come to. The next call goes on behind it and looks at nothing twice. Each task is read and
compared again just before it is changed, and its change is a conditional write, so that of several calls at
once one changes it, and the others pass it by.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.http.bulk_answer import MAX_COUNTED
from lambdas.http.problems import ApiError
from lambdas.manage_tasks.moved_on import MovedOn
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.selection import Selection
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.store.task_filter import TaskFilter
from lambdas.telemetry.logs import logger

# API Gateway waits at most 29 s for the answer
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
MAX_SECONDS = 20.0
MARGIN_SECONDS = 5.0
# A call looks at so many entries of an index at most, and reads so many tasks to compare them.
MAX_ENTRIES = 2_000
MAX_READS = 300
# Entries of a shard that are read at a time: few where a call may end at any of them.
PAGE_SIZE, PREVIEW_PAGE_SIZE = 50, 250
SAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Action:
    """What is done to each task.

    Attributes:
        perform: Changes a task. It raises MovedOn if the task is not in a state for it, which passes it by,
            and any other ApiError if it cannot be changed.
        applies: Returns whether a task of this id is meant at all.
        pause_seconds: Time to wait after each task that was changed.
    """

    perform: Callable[[Snapshot], object]
    applies: Callable[[str], bool] = lambda _: True
    pause_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A task that could not be changed, and why."""

    task_id: str
    error: ApiError


@dataclass(kw_only=True)
class Outcome:
    """What a call has done.

    Attributes:
        place: Place of the last task that was looked at; None when none was.
        done: How many tasks were changed.
        failed: Those that could not be.
        more: Whether tasks are left that were not looked at.
    """

    place: str | None
    done: int = 0
    failed: list[Failure] = field(default_factory=list)
    more: bool = True

    @property
    def matched(self) -> int:
        """How many tasks the filter applied to."""
        return self.done + len(self.failed)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a call would find.

    Attributes:
        matched: How many tasks the filter may apply to.
        more: Whether tasks are left that were not looked at.
        sample: A few of those tasks, as they are.
    """

    matched: int
    more: bool
    sample: list[Task]


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Does the same to many tasks.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, when the table refuses or
    is away, and may be repeated.

    Attributes:
        selection: Finds tasks.
        table: The task table.
        now: Returns the time.
        sleep: Waits a number of seconds.
    """

    selection: Selection
    table: TaskTable
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def act(
        self,
        wanted: TaskFilter,
        action: Action,
        *,
        after: str | None,
        limit: int,
        seconds: float,
        bounded: bool = True,
    ) -> Outcome:
        """Change tasks, those first that were submitted first.

        If the table goes away after some were changed, they are told of, and the next call goes on.

        Args:
            wanted: Which tasks to change.
            action: What to do to each.
            after: `place` of the call before; None to begin.
            limit: Number of tasks to change at most.
            seconds: Time until the function is killed.
            bounded: Whether to look at no more entries of an index than MAX_ENTRIES; otherwise only the time
                is bounded.
        """
        outcome = Outcome(place=after)
        is_over = self._end_of(wanted, seconds, MAX_ENTRIES if bounded else None)
        try:
            for candidate in self.selection.walk(wanted, after, PAGE_SIZE):
                if outcome.matched == limit or is_over():
                    return outcome
                if candidate.may_match and action.applies(candidate.task_id):
                    self._change(candidate.task_id, wanted, action, outcome)
                outcome.place = candidate.place
        except (ClientError, BotoCoreError, TableOverloaded) as error:
            if not outcome.matched:
                raise
            logger.warning("bulk call ended early", reason=str(error))
            return outcome
        outcome.more = False
        return outcome

    def preview(self, wanted: TaskFilter, action: Action, *, seconds: float) -> Preview:
        """Count the tasks that `act` would change, and show a few; changes nothing."""
        matched, more, ids = 0, False, list[str]()
        is_over = self._end_of(wanted, seconds, MAX_COUNTED)
        for candidate in self.selection.walk(wanted, None, PREVIEW_PAGE_SIZE):
            if is_over():
                more = True
                break
            if candidate.may_match and action.applies(candidate.task_id):
                matched += 1
                ids += [candidate.task_id] if len(ids) < SAMPLES else []
        found = {task.task_id: task for task in self.selection.summaries(ids)}
        return Preview(
            matched=matched, more=more, sample=[found[task_id] for task_id in ids if task_id in found]
        )

    def _change(self, task_id: str, wanted: TaskFilter, action: Action, outcome: Outcome) -> None:
        found = self.table.snapshot(task_id)
        if found is None or not wanted.matches(found.task):
            return
        try:
            action.perform(found)
        except MovedOn:
            return
        except ApiError as error:
            outcome.failed.append(Failure(task_id=task_id, error=error))
            return
        outcome.done += 1
        if action.pause_seconds:
            self.sleep(action.pause_seconds)

    def _end_of(self, wanted: TaskFilter, seconds: float, most: int | None) -> Callable[[], bool]:
        """Return a function that is called before each task, and says whether a call must end there."""
        began, looked_at = self.now(), 0
        limit = most if self.selection.is_by_index(wanted) else MAX_READS

        def is_over() -> bool:
            nonlocal looked_at
            looked_at += 1
            passed = (self.now() - began).total_seconds()
            return passed > min(MAX_SECONDS, seconds - MARGIN_SECONDS) or (
                limit is not None and looked_at > limit
            )

        return is_over
