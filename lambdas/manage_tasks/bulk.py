"""Applying one change to many tasks, in calls of bounded length that continue from each other.

A call visits the tasks of a filter in the order of their submission, which never changes, and reports the
place that it has reached. The next call continues after that place and visits nothing twice. Each task is
read and compared again just before it is changed, and the change is a conditional write: of several
concurrent calls one changes the task, and the others skip it.
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

# API Gateway waits at most 29 s for the response
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
MAX_SECONDS = 20.0
MARGIN_SECONDS = 5.0
# Most index entries that a call visits, and most tasks that it reads to compare them.
MAX_ENTRIES = 2_000
MAX_READS = 300
# Most tasks that a call reports as impossible to change. They do not count towards its limit: otherwise a
# limit's worth of them would be all that a repetition without a token ever meets.
MAX_FAILED = 500
# Entries of a shard that are read at a time: few where a call may end at any of them.
PAGE_SIZE, PREVIEW_PAGE_SIZE = 50, 250
SAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Action:
    """The change that is applied to each task.

    Attributes:
        perform: Changes a task. Raises MovedOn if the task is not in a suitable state, which skips it, and
            any other ApiError if it cannot be changed.
        applies: Returns whether the change applies to a task with this id at all.
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
    """Outcome of a call.

    Attributes:
        place: Place of the last task that was visited; None if there was none.
        done: Number of tasks that were changed.
        failed: Tasks that could not be changed.
        more: Whether tasks are left that were not visited.
    """

    place: str | None
    done: int = 0
    failed: list[Failure] = field(default_factory=list)
    more: bool = True

    @property
    def matched(self) -> int:
        """Number of tasks that matched the filter."""
        return self.done + len(self.failed)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a call would find.

    Attributes:
        matched: Number of tasks that may match the filter.
        more: Whether tasks are left that were not visited.
        sample: A few of those tasks in their current state.
    """

    matched: int
    more: bool
    sample: list[Task]


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Applies one change to many tasks.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, when the table rejects a
    request or is unavailable, and can be retried.

    Attributes:
        selection: Finds tasks.
        table: The task table.
        now: Returns the current time.
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
        """Change tasks in the order of their submission.

        If the table becomes unavailable after some tasks were changed, the call returns these, and the next
        call continues.

        Args:
            wanted: Which tasks to change.
            action: The change.
            after: `place` of the previous call; None to begin.
            limit: Most tasks to change.
            seconds: Time until the function is killed.
            bounded: Whether to visit at most MAX_ENTRIES entries of an index; otherwise only the time is
                bounded.
        """
        outcome = Outcome(place=after)
        is_over = self._end_of(wanted, seconds, MAX_ENTRIES if bounded else None)
        try:
            for candidate in self.selection.walk(wanted, after, PAGE_SIZE):
                if outcome.done == limit or len(outcome.failed) == MAX_FAILED or is_over():
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
        """Count the tasks that `act` would change and return a few of them, without changing anything."""
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
        """Return a function to call before each task, which returns whether the call must end there."""
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
