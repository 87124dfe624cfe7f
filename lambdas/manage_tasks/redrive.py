"""Redriving dead letters from their records: a new generation each, with all its attempts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.application.dispatch import Dispatcher
from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import UNREADABLE_PREFIX
from lambdas.domain.task import Task
from lambdas.http.problems import ApiError, ProblemType
from lambdas.store.dead_letters import DeadLetters
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger

# What made so many tasks fail has perhaps just been mended: 50 a second at most.
PAUSE_SECONDS = 0.02
# Before API Gateway gives up, which is after 29 s
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
MAX_SECONDS = 20.0
MARGIN_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Redrives:
    """How many were redriven, and whether dead letters are left that were not looked at."""

    redriven: int
    more: bool


@dataclass(frozen=True, kw_only=True)
class Redriver:
    """Redrives dead letters.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, when the table or the
    queue refuses or is away, and may be repeated; a redriven task that could not be queued is PENDING, which
    release_tasks sends.

    Attributes:
        now: the time.
        sleep: waits so many seconds.
    """

    table: TaskTable
    dead_letters: DeadLetters
    dispatcher: Dispatcher
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def redrive(self, task: Task) -> Task:
        """Redrive one; returns it as it is then.

        Raises:
            ApiError: it is no dead letter, or was no task in the first place.
        """
        if not _redrivable(task):
            raise ApiError(
                ProblemType.NOT_REDRIVABLE, f"{task.task_id} is {task.status}, or was never a task."
            )
        moved = self.table.redriven(task, at=self.now())
        if not moved.done:
            raise ApiError(
                ProblemType.NOT_REDRIVABLE, f"Task {task.task_id} has just become {moved.task.status}."
            )
        return self._dispatch(moved.task)

    def redrive_all(
        self, *, category: Category | None, before: datetime | None, limit: int, seconds: float
    ) -> Redrives:
        """Redrive up to `limit` dead letters, those first that were submitted first.

        Args:
            category: only those of this one; None is any.
            before: only those that were given up before then; None is any time.
            seconds: how long until the function is killed.
        """
        began = self.now()
        most = min(MAX_SECONDS, seconds - MARGIN_SECONDS)
        redriven = 0
        for dead in chain.from_iterable(self.dead_letters.read(newest_first=False)):
            if redriven == limit or (self.now() - began).total_seconds() > most:
                return Redrives(redriven=redriven, more=True)
            if before is not None and dead.at >= before:
                continue
            if category is not None and dead.error.category is not category:
                continue
            task = self.table.get(dead.task_id)
            # Where it has died anew since it was looked at, it is another dead letter.
            if task is None or task.updated_at != dead.at or not _redrivable(task):
                continue
            moved = self.table.redriven(task, at=self.now())
            if moved.done:
                self._dispatch(moved.task)
                redriven += 1
                self.sleep(PAUSE_SECONDS)
        return Redrives(redriven=redriven, more=False)

    def _dispatch(self, task: Task) -> Task:
        events.task_redriven(task)
        try:
            return self.dispatcher.dispatch(task)
        except (ClientError, BotoCoreError) as error:
            # It is PENDING, which release_tasks sends.
            logger.warning("redriven, not yet queued", **about(task), reason=str(error))
            return task


def _redrivable(task: Task) -> bool:
    return task.status is Status.DEAD_LETTERED and not task.task_id.startswith(UNREADABLE_PREFIX)
