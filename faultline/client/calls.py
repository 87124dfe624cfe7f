"""Calls of the API, each with its request and the type of its response, shared by both clients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict
from urllib.parse import quote

from pydantic import ValidationError
from uuid6 import uuid7

from faultline.client.api import Answer, task_path, waiting
from faultline.client.errors import UnexpectedResponse
from faultline.client.request_json import conditions_json, options_json
from lambdas.domain.batch import BatchState
from lambdas.domain.errors import Category
from lambdas.domain.kind_of_work import KindList
from lambdas.domain.lifecycle import Status
from lambdas.domain.pause import KindState
from lambdas.domain.receipt import Receipt
from lambdas.domain.serialization import JsonModel
from lambdas.domain.stats import Stats
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.batch_receipt import BatchReceipt
from lambdas.http.bulk_result import BulkResult

MAX_PAGE = 100
"""Maximum number of tasks on a page of a list."""


class Options(TypedDict, total=False):
    """Options of a submission besides its payload; see `POST /tasks`."""

    type: str
    task_id: str
    ordering_key: str
    run_at: datetime | str
    expires_at: datetime | str
    callback: Mapping[str, Any]
    reference: str
    tags: list[str]
    simulate: Mapping[str, Any]


class NewTask(Options):
    """A task to submit."""

    payload: Mapping[str, Any]


class _Conditions(TypedDict, total=False):
    status: Status | str | list[Status] | list[str]
    type: str
    category: Category | str
    error_type: str
    reason_group: str
    ordering_key: str
    reference: str
    tag: str
    submitted_after: datetime | str
    submitted_before: datetime | str
    died_after: datetime | str
    died_before: datetime | str


class Filters(_Conditions, total=False):
    """Conditions on the tasks to list, all of which must hold; see `GET /tasks`."""

    text: str


class Selection(_Conditions, total=False):
    """Conditions on the tasks to change, all of which must hold; see `POST /redrives`."""

    task_ids: list[str]


class Page[T: TaskSummary](JsonModel):
    """A page of a list of tasks."""

    tasks: list[T]
    next_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class Call[T: JsonModel]:
    """A call to the API.

    Attributes:
        method: HTTP method.
        path: Path relative to the API's URL.
        answer: Type of a successful response.
        json: JSON body; None for no body.
        params: Query parameters; those that are None are omitted.
        repeatable: Whether the call may be retried when its outcome is unknown. Other calls are retried only
            if they cannot have arrived.
    """

    method: str
    path: str
    answer: type[T]
    json: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = True

    def parsed(self, answer: Answer) -> T:
        """Parse a successful response, ignoring fields that a newer API has added.

        Raises:
            UnexpectedResponse: If the body is not of the expected type.
        """
        try:
            return self.answer.model_validate(answer.body, extra="ignore")
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise UnexpectedResponse(
                f"HTTP {answer.status}: unexpected response to {self.method} {self.path}: "
                f"{where or 'not an object'}"
            ) from error


def submission(task: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a task to the body of `POST /tasks`.

    Raises:
        ValueError: If an option is given twice, under its name here and under that of the API.
    """
    return options_json(task)


def submit(task: Mapping[str, Any], *, wait_seconds: int = 0) -> Call[Receipt]:
    """Return the call that submits a task."""
    return Call(
        method="POST",
        path="/tasks",
        # An id allows retries.
        json={"taskId": str(uuid7()), **submission(task)},
        params=waiting(wait_seconds),
        answer=Receipt,
    )


def submit_batch(
    submissions: Sequence[Mapping[str, Any]], batch_id: str, callback_url: str | None = None
) -> Call[BatchReceipt]:
    """Return the call that submits up to 100 bodies of `POST /tasks` as a batch."""
    callback = {"callback": {"url": callback_url}} if callback_url else {}
    body = {**callback, "batchId": batch_id, "tasks": [dict(each) for each in submissions]}
    return Call(method="POST", path="/batches", json=body, answer=BatchReceipt)


def batch(batch_id: str) -> Call[BatchState]:
    """Return the call that reads the progress of a batch."""
    return Call(method="GET", path=f"/batches/{quote(batch_id, safe='')}", answer=BatchState)


def task(task_id: str, *, wait_seconds: int = 0) -> Call[Task]:
    """Return the call that reads a task, after waiting up to `wait_seconds` for it to end."""
    return Call(method="GET", path=task_path(task_id), params=waiting(wait_seconds), answer=Task)


def page[T: TaskSummary](
    kind: type[T], filters: Mapping[str, Any], *, limit: int | None, token: str | None
) -> Call[Page[T]]:
    """Return the call that reads a page of a list.

    Args:
        kind: Task to include payloads, results and histories, else TaskSummary.
        filters: Conditions on the tasks; see `Filters`. Those that are None are omitted.
        limit: Number of tasks still wanted; None for all.
        token: `next_token` of the previous page.

    Raises:
        ValueError: If a condition is an empty list.
    """
    params = {
        **conditions_json(filters),
        "view": "full" if issubclass(kind, Task) else "summary",
        "limit": MAX_PAGE if limit is None else min(limit, MAX_PAGE),
        "nextToken": token,
    }
    return Call(method="GET", path="/tasks", params=params, answer=Page[kind])  # type: ignore[valid-type]


def cancel(task_id: str) -> Call[Task]:
    """Return the call that cancels a task."""
    return Call(method="DELETE", path=task_path(task_id), answer=Task, repeatable=False)


def redrive(task_id: str, payload: Mapping[str, Any] | None) -> Call[Task]:
    """Return the call that redrives a dead letter, with a corrected payload if one is given."""
    return Call(
        method="POST",
        path=f"{task_path(task_id)}/redrive",
        json=None if payload is None else {"payload": payload},
        answer=Task,
        repeatable=False,
    )


def run(task_id: str) -> Call[Task]:
    """Return the call that runs a waiting task now."""
    return Call(method="POST", path=f"{task_path(task_id)}/run", answer=Task, repeatable=False)


def redrive_many(
    wanted: Mapping[str, Any],
    *,
    limit: int | None,
    dry_run: bool,
    next_token: str | None,
    payload_patch: Mapping[str, Any] | None,
) -> Call[BulkResult]:
    """Return the call that redrives the dead letters that match some conditions.

    Args:
        wanted: Conditions on the dead letters; see `Selection`.
        limit: Maximum number of tasks to redrive; None for the API's default.
        dry_run: Whether only to count them.
        next_token: `next_token` of the previous result.
        payload_patch: JSON Merge Patch that corrects each payload.
    """
    body = {"limit": limit, "dryRun": dry_run, "nextToken": next_token, "payloadPatch": payload_patch}
    return _bulk("/redrives", wanted, body, bound="died_before")


def cancel_many(
    wanted: Mapping[str, Any], *, limit: int | None, dry_run: bool, next_token: str | None
) -> Call[BulkResult]:
    """Return the call that cancels the tasks that match some conditions; see `redrive_many`."""
    body = {"limit": limit, "dryRun": dry_run, "nextToken": next_token}
    return _bulk("/cancellations", wanted, body, bound="submitted_before")


def _bulk(path: str, wanted: Mapping[str, Any], body: dict[str, Any], *, bound: str) -> Call[BulkResult]:
    """Return a call that changes many tasks.

    It can be retried if it is a dry run, or if no limit is given and the condition `bound` or the token fixes
    its time limit. Otherwise a retry might change tasks twice, or change more tasks than the limit allows.

    Raises:
        ValueError: If a condition is None or an empty list: without it, the call would change more tasks.
    """
    if absent := [name for name, value in wanted.items() if value is None]:
        raise ValueError(f"{absent[0]} is None: leave the condition out if it is not wanted")
    conditions = conditions_json(wanted)
    has_time = bool(body["nextToken"] or wanted.get(bound))
    return Call(
        method="POST",
        path=path,
        json={"filter": conditions, **{name: value for name, value in body.items() if value is not None}},
        answer=BulkResult,
        repeatable=bool(body["dryRun"] or (has_time and body["limit"] is None)),
    )


def pause(kind: str, reason: str | None) -> Call[KindState]:
    """Return the call that pauses a kind of work."""
    body = {} if reason is None else {"reason": reason}
    return Call(method="PUT", path=_pause_path(kind), json=body, answer=KindState)


def resume(kind: str) -> Call[KindState]:
    """Return the call that resumes a kind of work."""
    return Call(method="DELETE", path=_pause_path(kind), answer=KindState)


def _pause_path(kind: str) -> str:
    return f"/kinds/{quote(kind, safe='')}/pause"


def stats(window: Literal["15m", "1h", "24h"]) -> Call[Stats]:
    """Return the call that reads the statistics of the stage."""
    return Call(method="GET", path="/stats", params={"window": window}, answer=Stats)


def kinds() -> Call[KindList]:
    """Return the call that lists the kinds of work."""
    return Call(method="GET", path="/kinds", answer=KindList)
