"""Redrives of single dead letters."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import JsonValue

from lambdas.application.dispatch import Dispatcher
from lambdas.application.payload_checks import check_payload
from lambdas.domain.amendment import Amendment, is_amendable, payload_digest
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.task import Task, may_be_redriven
from lambdas.http.problems import FieldError, ProblemType
from lambdas.http.resolver import invalid_fields
from lambdas.manage_tasks.state_conflict import StateConflict
from lambdas.store.payloads import PayloadGone
from lambdas.store.table import TaskTable
from lambdas.telemetry import events
from lambdas.telemetry.logs import about, logger

type Correct = Callable[[dict[str, JsonValue] | None], dict[str, JsonValue]]
"""Function that takes the original payload, or None if it has expired, and returns a corrected one."""


@dataclass(frozen=True, kw_only=True)
class Redriver:
    """Redrives dead letters.

    `redrive` raises botocore's ClientError or BotoCoreError if the table rejects a request or is unavailable,
    and can be retried. A redriven task that cannot be queued stays PENDING, and release_tasks sends its
    message.

    Attributes:
        table: The task table.
        dispatcher: Sender of tasks.
        now: Function that returns the current time.
    """

    table: TaskTable
    dispatcher: Dispatcher
    now: Callable[[], datetime]

    def redrive(self, task: Task, *, by: Requester, correct: Correct | None = None) -> Task:
        """Redrive a dead letter: begin a new generation with all its attempts.

        Args:
            task: The task as it was read.
            by: The client that makes the request.
            correct: Function that returns a corrected payload; None to keep the original one.

        Returns:
            The updated task.

        Raises:
            StateConflict: The task is not a dead letter, or is the record of a message that belongs to no
                task.
            ApiError: The corrected payload is invalid, clients may not replace this payload, or `correct`
                raised the error.
        """
        if not may_be_redriven(task.task_id):
            raise StateConflict(
                ProblemType.NOT_REDRIVABLE,
                f"{task.task_id} records a message that belongs to no task, and cannot be redriven.",
            )
        if task.status is not Status.DEAD_LETTERED:
            raise StateConflict(
                ProblemType.NOT_REDRIVABLE,
                f"Task {task.task_id} is {task.status}; only dead letters can be redriven.",
            )
        amendment = None if correct is None else self._amendment(task, correct)
        moved = self.table.redriven(task, by=by, amendment=amendment, at=self.now())
        if not moved.done:
            raise StateConflict(
                ProblemType.NOT_REDRIVABLE, f"Task {task.task_id} has just become {moved.task.status}."
            )
        return self._dispatch(moved.task, by, amended=amendment is not None)

    def _amendment(self, task: Task, correct: Correct) -> Amendment | None:
        """Return the amendment of a task; None if its payload is already the corrected one."""
        if not is_amendable(task.task_id):
            raise invalid_fields(
                [FieldError(field="payload", message="cannot be replaced in a callback delivery")]
            )
        former = None
        with suppress(PayloadGone):
            former = self.table.with_payload(task).payload
        payload = correct(former)
        check_payload(task.type, payload)
        # Compared as texts, since == considers 1 and true equal.
        is_same = former is not None and payload_digest(former) == payload_digest(payload)
        return None if is_same else Amendment(payload=payload, former=former)

    def _dispatch(self, task: Task, by: Requester, *, amended: bool = False) -> Task:
        events.task_redriven(task, by=by, amended=amended)
        try:
            return self.dispatcher.dispatch(task)
        except (ClientError, BotoCoreError) as error:
            # The task is PENDING, so release_tasks sends its message.
            logger.warning("task redriven, but not yet queued", **about(task), reason=str(error))
            return task
