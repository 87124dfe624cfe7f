"""The calls of the API: what each sends, and the type of its answer. Both clients are made of these."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict
from urllib.parse import quote

from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from uuid6 import uuid7

from faultline.client.api import Answer, task_path, waiting
from faultline.client.errors import UnexpectedAnswer
from lambdas.domain.batch import MAX_TASKS, BatchState
from lambdas.domain.errors import Category
from lambdas.domain.kind_of_work import KindList
from lambdas.domain.lifecycle import Status
from lambdas.domain.pause import KindState
from lambdas.domain.receipt import Receipt
from lambdas.domain.serialization import JsonModel, rfc3339
from lambdas.domain.stats import Stats
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.batch_receipt import BatchReceipt
from lambdas.http.bulk_answer import BulkAnswer

MAX_PAGE = 100
"""The most tasks that one call of the API lists."""


MAX_BATCH_BYTES = 3 * 1024 * 1024
"""The tasks of one batch; the API takes somewhat more."""


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
    """Which tasks to list; those that all of these apply to."""

    text: str


class Selection(_Conditions, total=False):
    """Which tasks to change; those that all of these apply to."""

    task_ids: list[str]


class Page[T: TaskSummary](JsonModel):
    """A page of a list."""

    tasks: list[T]
    next_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class Call[T: JsonModel]:
    """A call of the API.

    Attributes:
        method: The HTTP method.
        path: The path below the API's URL.
        answer: The type of a successful answer.
        json: The body; None for none.
        params: The query's parameters; those that are None are left out.
        repeatable: Whether the call may be sent again when nobody knows what became of it. What is not is
            sent again only if it never arrived.
    """

    method: str
    path: str
    answer: type[T]
    json: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = True

    def parsed(self, answer: Answer) -> T:
        """Return a successful answer as its type. What a newer API adds to it is left out.

        Raises:
            UnexpectedAnswer: It is something else.
        """
        try:
            return self.answer.model_validate(answer.body, extra="ignore")
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise UnexpectedAnswer(
                f"HTTP {answer.status}: {self.method} {self.path} is not answered so: {where or 'no object'}"
            ) from error


def submission(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task as `POST /tasks` takes it, with an id of its own, so that it may be sent again."""
    return {"taskId": str(uuid7()), **_json(task)}


def submit(task: Mapping[str, Any], *, wait_seconds: int = 0) -> Call[Receipt]:
    """Submit a task."""
    return Call(
        method="POST",
        path="/tasks",
        json=submission(task),
        params=waiting(wait_seconds),
        answer=Receipt,
    )


def submit_batch(
    tasks: Sequence[Mapping[str, Any]], batch_id: str | None = None, callback_url: str | None = None
) -> Call[BatchReceipt]:
    """Submit up to 100 tasks."""
    callback = {"callback": {"url": callback_url}} if callback_url else {}
    body = {**callback, "batchId": batch_id or str(uuid7()), "tasks": [_json(task) for task in tasks]}
    return Call(method="POST", path="/batches", json=body, answer=BatchReceipt)


def chunks(tasks: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield tasks as a batch takes them: at most so many, with at most so many bytes."""
    chunk: list[Mapping[str, Any]] = []
    room = MAX_BATCH_BYTES
    for task in tasks:
        size = len(json.dumps(_json(task), ensure_ascii=False).encode())
        if chunk and (len(chunk) == MAX_TASKS or size > room):
            yield chunk
            chunk, room = [], MAX_BATCH_BYTES
        chunk.append(task)
        room -= size
    if chunk:
        yield chunk


def batch(batch_id: str) -> Call[BatchState]:
    """Read how far a batch is."""
    return Call(method="GET", path=f"/batches/{quote(batch_id, safe='')}", answer=BatchState)


def task(task_id: str, *, wait_seconds: int = 0) -> Call[Task]:
    """Read a task, when it has ended or after so many seconds."""
    return Call(method="GET", path=task_path(task_id), params=waiting(wait_seconds), answer=Task)


def page[T: TaskSummary](
    kind: type[T], filters: Mapping[str, Any], *, limit: int | None, token: str | None
) -> Call[Page[T]]:
    """Read a page of a list.

    Args:
        kind: Task for whole tasks, else TaskSummary.
        filters: Which tasks to list.
        limit: How many tasks are wanted at most.
        token: From the page before.
    """
    params = {
        **_json(filters),
        "view": "full" if issubclass(kind, Task) else "summary",
        "limit": MAX_PAGE if limit is None else min(limit, MAX_PAGE),
        "nextToken": token,
    }
    return Call(method="GET", path="/tasks", params=params, answer=Page[kind])  # type: ignore[valid-type]


def cancel(task_id: str) -> Call[Task]:
    """Cancel a task."""
    return Call(method="DELETE", path=task_path(task_id), answer=Task, repeatable=False)


def redrive(task_id: str, payload: Mapping[str, Any] | None) -> Call[Task]:
    """Redrive a dead letter, with a corrected payload if one is given."""
    return Call(
        method="POST",
        path=f"{task_path(task_id)}/redrive",
        json=None if payload is None else {"payload": payload},
        answer=Task,
        repeatable=False,
    )


def run(task_id: str) -> Call[Task]:
    """Run a waiting task now."""
    return Call(method="POST", path=f"{task_path(task_id)}/run", answer=Task, repeatable=False)


def redrive_many(
    wanted: Mapping[str, Any],
    *,
    limit: int,
    dry_run: bool,
    next_token: str | None,
    payload_patch: Mapping[str, Any] | None,
) -> Call[BulkAnswer]:
    """Redrive dead letters.

    Args:
        wanted: Which; see `Selection`.
        limit: How many to change at most.
        dry_run: Whether to change nothing.
        next_token: From the answer before.
        payload_patch: Corrects each payload.
    """
    body = {"limit": limit, "dryRun": dry_run, "nextToken": next_token, "payloadPatch": payload_patch}
    return _bulk("/redrives", wanted, body, bound="died_before")


def cancel_many(
    wanted: Mapping[str, Any], *, limit: int, dry_run: bool, next_token: str | None
) -> Call[BulkAnswer]:
    """Cancel tasks; the arguments are those of `redrive_many`."""
    body = {"limit": limit, "dryRun": dry_run, "nextToken": next_token}
    return _bulk("/cancellations", wanted, body, bound="submitted_before")


def _bulk(path: str, wanted: Mapping[str, Any], body: dict[str, Any], *, bound: str) -> Call[BulkAnswer]:
    """Change many tasks.

    A repeated call changes no task twice if it has a time: the condition `bound`, or that of the first call,
    which is in the token. Without one, each repetition would have a time of its own.
    """
    return Call(
        method="POST",
        path=path,
        json={"filter": _json(wanted), **{name: value for name, value in body.items() if value is not None}},
        answer=BulkAnswer,
        repeatable=bool(body["dryRun"] or body["nextToken"] or wanted.get(bound)),
    )


def pause(kind: str, reason: str | None) -> Call[KindState]:
    """Pause a kind of work."""
    body = {} if reason is None else {"reason": reason}
    return Call(method="PUT", path=_pause_path(kind), json=body, answer=KindState)


def resume(kind: str) -> Call[KindState]:
    """Resume a kind of work."""
    return Call(method="DELETE", path=_pause_path(kind), answer=KindState)


def _pause_path(kind: str) -> str:
    return f"/kinds/{quote(kind, safe='')}/pause"


def stats(window: Literal["15m", "1h", "24h"]) -> Call[Stats]:
    """Read statistics."""
    return Call(method="GET", path="/stats", params={"window": window}, answer=Stats)


def kinds() -> Call[KindList]:
    """List the kinds of work."""
    return Call(method="GET", path="/kinds", answer=KindList)


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as the API names and writes them."""
    return {
        to_camel(name): rfc3339(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
