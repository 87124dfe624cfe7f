"""Bulk calls: one change applied to many tasks, in a series of calls of bounded duration.

A call visits the tasks that match a filter in the order of submission, which never changes, and returns the
place it has reached. The next call continues after that place, so no task is visited twice. Each task is read
and compared with the filter just before it is changed, and the change is a conditional write: if several
calls run at the same time, one of them changes the task, and the others skip it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.task import Task
from lambdas.http.bulk_result import MAX_COUNTED
from lambdas.http.problems import ApiError
from lambdas.manage_tasks.state_conflict import MAX_TRIES, StateConflict
from lambdas.store.batch_reading import TableOverloaded
from lambdas.store.selection import Selection
from lambdas.store.snapshot import Snapshot
from lambdas.store.table import TaskTable
from lambdas.store.task_filter import TaskFilter
from lambdas.telemetry.logs import logger

# Seconds after which a call ends. API Gateway waits at most 29 s for the response
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
MAX_SECONDS = 20.0
MARGIN_SECONDS = 5.0
# Maximum number of index entries that a call visits, and of tasks that it reads to compare them.
MAX_ENTRIES = 2_000
MAX_READS = 300
# Maximum number of failed tasks that a call reports. They do not count towards its limit: otherwise a
# repeated call without a token might meet only these.
MAX_FAILED = 500
# Entries of a shard to read at a time: few if the call may end at any of them.
PAGE_SIZE, PREVIEW_PAGE_SIZE = 50, 250
SAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Action:
    """Change to apply to each task.

    Attributes:
        perform: Function that changes a task. It raises StateConflict for a task in an unsuitable state,
            which is read again and skipped if it no longer matches, and any other ApiError if the task cannot
            be changed.
        applies: Function that returns whether the change is applicable to a task with the given id.
        pause_seconds: Time to wait after each changed task.
    """

    perform: Callable[[Snapshot], object]
    applies: Callable[[str], bool] = lambda _: True
    pause_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A task that could not be changed, with the reason."""

    task_id: str
    error: ApiError


@dataclass(kw_only=True)
class Outcome:
    """Outcome of a bulk call.

    Attributes:
        place: Place of the last task that was visited; None if none was.
        done: Number of tasks that were changed.
        failed: Tasks that could not be changed.
        more: Whether some tasks have not been visited yet.
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
    """Outcome of a dry run.

    Attributes:
        matched: Number of tasks that may match the filter.
        more: Whether some tasks were not visited.
        sample: A few of the matching tasks in their current state.
    """

    matched: int
    more: bool
    sample: list[Task]


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """Executor of bulk calls.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, if the table rejects a
    request or is unavailable, and can be retried.

    Attributes:
        selection: Selection of tasks by filter.
        table: The task table.
        now: Function that returns the current time.
        sleep: Function that sleeps for a number of seconds.
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

        The call ends early after MAX_FAILED failures, or if the table becomes unavailable after a task has
        matched; the next call continues.

        Args:
            wanted: Filter of the tasks to change.
            action: The change to apply.
            after: `place` of the previous call; None for the first call.
            limit: Maximum number of tasks to change.
            seconds: Time until the function times out.
            bounded: Whether to limit the call to MAX_ENTRIES index entries; otherwise only its duration is
                limited.
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
        """Count the tasks that `act` would change, and return a few of them."""
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
        for _ in range(MAX_TRIES):
            found = self.table.snapshot(task_id)
            if found is None or not wanted.matches(found.task):
                return
            try:
                action.perform(found)
            except StateConflict:
                continue  # it has changed since it was read, and may still match
            except ApiError as error:
                outcome.failed.append(Failure(task_id=task_id, error=error))
                return
            outcome.done += 1
            if action.pause_seconds:
                self.sleep(action.pause_seconds)
            return

    def _end_of(self, wanted: TaskFilter, seconds: float, most: int | None) -> Callable[[], bool]:
        """Return a function that tells, before each task, whether the call must end."""
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
