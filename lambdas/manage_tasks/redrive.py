"""Redriving dead letters from their records: each begins a new generation, with all its attempts."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue

from lambdas.application.dispatch import Dispatcher
from lambdas.application.payload_checks import check_payload
from lambdas.domain.amendment import Amendment, is_amendable
from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.submission import UNREADABLE_PREFIX
from lambdas.domain.task import Task
from lambdas.http.problems import ApiError, FieldError, ProblemType
from lambdas.http.resolver import invalid_fields
from lambdas.store.dead_letters import DeadLetters
from lambdas.store.payloads import PayloadGone
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger

# At most 50 tasks a second: what made them fail may have been repaired only just now.
PAUSE_SECONDS = 0.02
# API Gateway waits at most 29 s for the answer
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
MAX_SECONDS = 20.0
MARGIN_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Redrives:
    """Outcome of redriving several dead letters.

    Attributes:
        redriven: Number of tasks that were redriven.
        more: Whether dead letters are left that were not looked at.
    """

    redriven: int
    more: bool


@dataclass(frozen=True, kw_only=True)
class Redriver:
    """Redrives dead letters.

    Every method raises TableOverloaded, or botocore's ClientError or BotoCoreError, when the table or the
    queue refuses or is away, and may be repeated. A redriven task that could not be queued is PENDING, and is
    sent by release_tasks.

    Attributes:
        table: The task table.
        dead_letters: Reads the dead letters.
        dispatcher: Sends tasks.
        now: Returns the time.
        sleep: Waits a number of seconds.
    """

    table: TaskTable
    dead_letters: DeadLetters
    dispatcher: Dispatcher
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def redrive(self, task: Task, *, by: Requester, payload: dict[str, JsonValue] | None = None) -> Task:
        """Redrive a task; returns it as it is then.

        Args:
            task: The task as it was read.
            by: The client that asks for it.
            payload: A corrected payload; None to keep the task's own.

        Raises:
            ApiError: It is no dead letter, or is the record of a message that belongs to no task; or the
                payload is not valid, or not the client's to correct.
        """
        if not _redrivable(task):
            raise ApiError(
                ProblemType.NOT_REDRIVABLE, f"{task.task_id} is {task.status}, or was never a task."
            )
        amendment = None if payload is None else self._amendment(task, payload)
        moved = self.table.redriven(task, by=by, amendment=amendment, at=self.now())
        if not moved.done:
            raise ApiError(
                ProblemType.NOT_REDRIVABLE, f"Task {task.task_id} has just become {moved.task.status}."
            )
        return self._dispatch(moved.task, by, amended=amendment is not None)

    def redrive_all(
        self,
        *,
        by: Requester,
        category: Category | None,
        before: datetime | None,
        limit: int,
        seconds: float,
    ) -> Redrives:
        """Redrive several dead letters in the order of their submission.

        Args:
            by: The client that asks for it.
            category: Only dead letters of this category; None for any.
            before: Only those that were given up before this time; None for any.
            limit: Number of tasks to redrive at most.
            seconds: Time until the function is killed.
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
            # If the task was redriven and given up again since it was looked at, it is another dead letter.
            if task is None or task.updated_at != dead.at or not _redrivable(task):
                continue
            moved = self.table.redriven(task, by=by, at=self.now())
            if moved.done:
                self._dispatch(moved.task, by)
                redriven += 1
                self.sleep(PAUSE_SECONDS)
        return Redrives(redriven=redriven, more=False)

    def _amendment(self, task: Task, payload: dict[str, JsonValue]) -> Amendment:
        if not is_amendable(task.task_id):
            raise invalid_fields(
                [FieldError(field="payload", message="of a callback's delivery cannot be replaced")]
            )
        check_payload(task.type, payload)
        former = None
        with suppress(PayloadGone):
            former = self.table.with_payload(task).payload
        return Amendment(payload=payload, former=former)

    def _dispatch(self, task: Task, by: Requester, *, amended: bool = False) -> Task:
        events.task_redriven(task, by=by, amended=amended)
        try:
            return self.dispatcher.dispatch(task)
        except (ClientError, BotoCoreError) as error:
            # The task is PENDING, so release_tasks sends it.
            logger.warning("redriven, not yet queued", **about(task), reason=str(error))
            return task


def _redrivable(task: Task) -> bool:
    return task.status is Status.DEAD_LETTERED and not task.task_id.startswith(UNREADABLE_PREFIX)
