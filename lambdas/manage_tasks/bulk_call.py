"""Bulk calls with the filters and tokens of clients, and their responses."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import JsonValue

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.http.bulk_result import BulkResult, FailedTask, TaskProblem
from lambdas.http.problems import ApiError, FieldError
from lambdas.http.resolver import invalid_fields
from lambdas.http.task_json import summary
from lambdas.http.task_selection import Filter
from lambdas.manage_tasks.bulk import Action, Bulk, Outcome
from lambdas.manage_tasks.bulk_token import BulkToken, InvalidBulkToken, digest, read_token
from lambdas.store.task_filter import TaskFilter


@dataclass(frozen=True, kw_only=True)
class BulkCall:
    """A bulk call as requested by a client.

    Attributes:
        bulk: Executor of bulk calls.
        change: Name of the change.
        action: The change to apply.
        given: The filter given by the client.
        possible: States in which a task may be changed.
        bound: Condition that is set to the time of the first call, unless the client's filter has it. If only
            dead letters can match, `died_before` is set as well.
        patch: Patch of the payloads, if any.
        at: Time of this call.
    """

    bulk: Bulk
    change: str
    action: Action
    given: Filter
    possible: frozenset[Status]
    bound: Literal["died_before", "submitted_before"]
    patch: dict[str, JsonValue] | None
    at: datetime

    def preview(self, *, seconds: float) -> dict[str, Any]:
        """Return the response body of a dry run.

        Raises:
            ApiError: The filter names a state in which tasks cannot be changed.
            TableOverloaded, ClientError, BotoCoreError: The table rejects the request or is unavailable.
        """
        wanted = self._wanted(self.at)
        found = self.bulk.preview(wanted, self.action, seconds=seconds)
        body = BulkResult(
            matched=found.matched, done=0, failed=[], more=found.more, filter=_shown(self.given, wanted)
        )
        return {**_as_json(body), "sample": [summary(task) for task in found.sample]}

    def act(self, *, limit: int, next_token: str | None, seconds: float, bounded: bool) -> "Acted":
        """Change tasks; see `Bulk.act`.

        Raises:
            ApiError: The filter or the token is invalid for this call.
            TableOverloaded, ClientError, BotoCoreError: The table rejects the request or is unavailable, and
                no task was changed.
        """
        token = None if next_token is None else _token(next_token)
        since = self.at if token is None else token.since
        wanted = self._wanted(since)
        of = digest(self.change, wanted, self.patch)
        if token is not None and token.of != of:
            raise _invalid_token("belongs to another filter or another change")
        outcome = self.bulk.act(
            wanted,
            self.action,
            after=token.after if token else None,
            limit=limit,
            seconds=seconds,
            bounded=bounded,
        )
        return Acted(
            outcome=outcome,
            filter=_shown(self.given, wanted),
            next=BulkToken(of=of, since=since, after=outcome.place),
        )

    def _wanted(self, since: datetime) -> TaskFilter:
        """Return the filter, limited by the time of the first call unless it has limits of its own."""
        wanted = _task_filter(self.given, self.possible)
        bounds: set[str] = {self.bound}
        if wanted.possible_statuses == (Status.DEAD_LETTERED,):
            bounds.add("died_before")  # a task that was submitted earlier may be given up later
        # Truncated to milliseconds, like the time that is returned to the client.
        limit = datetime.fromisoformat(rfc3339(since))
        return wanted.model_copy(update={name: limit for name in bounds if getattr(wanted, name) is None})


@dataclass(frozen=True, kw_only=True)
class Acted:
    """Result of a bulk call that changed tasks.

    Attributes:
        outcome: The outcome.
        filter: The filter, including the time limit set by the first call.
        next: Token for the next call.
    """

    outcome: Outcome
    filter: Filter
    next: BulkToken

    def answer(self) -> dict[str, Any]:
        """Return the response body."""
        outcome = self.outcome
        return _as_json(
            BulkResult(
                matched=outcome.matched,
                done=outcome.done,
                failed=[
                    FailedTask(task_id=each.task_id, problem=TaskProblem.of(each.error))
                    for each in outcome.failed
                ],
                more=outcome.more,
                filter=self.filter,
                next_token=self.next.written() if outcome.more else None,
            )
        )


def _as_json(body: BulkResult) -> dict[str, Any]:
    shown: dict[str, Any] = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    return shown


def _task_filter(given: Filter, possible: frozenset[Status]) -> TaskFilter:
    """Convert a client's filter to a TaskFilter.

    Args:
        given: The filter.
        possible: States in which tasks may be changed; used if the filter names none.

    Raises:
        ApiError: The filter names another state.
    """
    others = [status for status in given.status or () if status not in possible]
    if others:
        message = f"may be {', '.join(sorted(possible))} here"
        raise invalid_fields([FieldError(field="filter.status", message=message)])
    conditions: dict[str, Any] = given.model_dump(exclude={"status"})
    return TaskFilter(**conditions, statuses=tuple(sorted(set(given.status or possible))))


def _shown(given: Filter, wanted: TaskFilter) -> Filter:
    """Return a client's filter with the time limit that was added to it."""
    return given.model_copy(
        update={"died_before": wanted.died_before, "submitted_before": wanted.submitted_before}
    )


def _token(text: str) -> BulkToken:
    try:
        return read_token(text)
    except InvalidBulkToken as error:
        raise _invalid_token(str(error)) from error


def _invalid_token(message: str) -> ApiError:
    return invalid_fields([FieldError(field="nextToken", message=message)])
