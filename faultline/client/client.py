"""Client of the HTTP API."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self, Unpack

from uuid6 import uuid7

from faultline.client import calls
from faultline.client.api import ApiClient
from faultline.client.batches import chunks
from faultline.client.calls import Filters, NewTask, Options, Selection
from faultline.client.connection import TIMEOUT_SECONDS
from faultline.client.errors import ApiUnreachable
from faultline.client.exchange import Exchange, Exchanges, Submitted, Try
from faultline.client.retries import Outcome, Retries
from lambdas.domain.batch import BatchState
from lambdas.domain.kind_of_work import KindOfWork
from lambdas.domain.pause import KindState
from lambdas.domain.receipt import Receipt
from lambdas.domain.serialization import JsonModel
from lambdas.domain.stats import Stats
from lambdas.domain.task import Task, TaskSummary
from lambdas.http.bulk_result import BulkResult


class Client:
    """Client for the API at `url`. It is thread-safe.

    Calls are retried after connection failures and after 429, 502, 503 and 504, unless a retry might take
    effect twice, or a batch has a kind of work that cannot be used at present. A submission without an id is
    assigned one, so that it can be retried, too.

    Every call raises ApiProblem if the API refuses it, ApiUnreachable if there is no response, and
    UnexpectedResponse if the response is not of the expected type. Methods that take a task id raise
    InvalidTaskId if it is malformed.

    Args:
        url: URL of the API.
        api_key: API key, if the stage requires one.
        retries: Retry policy for calls.
        timeout: Seconds to wait for a response; None for no limit. It must exceed any `wait_seconds` that you
            pass. `wait` uses timeouts of its own.

    Raises:
        InvalidSetting: If the URL or the key is malformed, or a proxy or CA bundle that the environment names
            for an API on AWS cannot be used.

    Example:
        >>> with Client(url) as client:
        ...     receipt = client.submit({"hello": "world"})
        ...     task = client.wait(receipt.task_id)
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: float | None = TIMEOUT_SECONDS,
    ) -> None:
        self._api = ApiClient(url, api_key, timeout=timeout)
        self._exchanges = Exchanges(retries=retries or Retries())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def submit(self, payload: Mapping[str, Any] | None = None, **options: Unpack[Options]) -> Receipt:
        """Submit a task.

        Args:
            payload: Input of the work.
            options: Kind of work and other options; see `Options`.

        Raises:
            CallFailed: If the submission fails. Its `task_id` is that of the task, which may exist: submit
                it again with this id.
        """
        call = calls.submit({"payload": {} if payload is None else payload, **options})
        return self._run(self._exchanges.accepted(call))

    def submit_many(self, tasks: Iterable[NewTask]) -> Iterator[Submitted]:
        """Submit any number of tasks in order, in batches of up to 100; yield the outcome of each.

        A problem with one task does not affect the others, even if JSON cannot represent the task. The next
        batch is submitted once the results of the previous one have been consumed.

        Raises:
            CallFailed: If a batch fails. Its `submitted` has the outcomes of the batch's tasks, with the ids
                with which those that may exist can be submitted again.
        """
        for chunk in chunks(tasks):
            yield from self.submit_bodies(str(uuid7()), chunk)

    def submit_batch(
        self, batch_id: str, tasks: Sequence[Mapping[str, Any]], *, callback_url: str | None = None
    ) -> list[Submitted]:
        """Submit up to 100 tasks as a batch; return the outcome of each.

        Args:
            batch_id: Id of the batch, which makes the submission safe to repeat.
            tasks: The tasks.
            callback_url: URL to notify when all tasks of the batch have ended.
        """
        bodies = [calls.submission(task) for task in tasks]
        return self._run(self._exchanges.submitted(calls.submit_batch(bodies, batch_id, callback_url)))

    def submit_bodies(self, batch_id: str, bodies: Sequence[Mapping[str, Any]]) -> list[Submitted]:
        """Submit up to 100 tasks in the form of `POST /tasks`, unchanged; return the outcome of each.

        A batch that the API refuses because of some of its tasks is divided until the others are accepted.
        Tasks without an id get the one that the API assigns in the whole batch, such as `import-17.0`.

        Args:
            batch_id: Id of the batch, which makes the submission safe to repeat.
            bodies: The tasks.

        Raises:
            CallFailed: If the submission fails. Its `submitted` has the outcomes that are known.
        """
        return self._run(self._exchanges.submitted_in_parts(bodies, batch_id))

    def batch(self, batch_id: str) -> BatchState:
        """Read the progress of a batch."""
        return self._call(calls.batch(batch_id))

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Task:
        """Read a task, after waiting up to `wait_seconds`, at most 25, for it to end."""
        return self._call(calls.task(task_id, wait_seconds=wait_seconds))

    def wait(self, task_id: str, timeout: float = 60) -> Task:
        """Wait for a task to end; return its last known state.

        Temporary errors are retried meanwhile, and raised if no time is left for another attempt.

        Args:
            task_id: Id of the task.
            timeout: Maximum time in seconds, plus at most 5 seconds for the last response; `math.inf` to wait
                until the task has ended.
        """
        return self._run(self._exchanges.ended(task_id, timeout))

    def tasks(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> Iterator[TaskSummary]:
        """List tasks, newest first, without their payloads, results and histories.

        Pages are read as they are consumed.

        Args:
            limit: Maximum number of tasks; None for all.
            filters: Conditions on the tasks; see `Filters`.
        """
        return self._list(TaskSummary, filters, limit)

    def whole_tasks(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> Iterator[Task]:
        """List tasks like `tasks`, with their payloads, results and histories."""
        return self._list(Task, filters, limit)

    def cancel(self, task_id: str) -> Task:
        """Cancel a task, or ask a running one to stop."""
        return self._call(calls.cancel(task_id))

    def redrive(self, task_id: str, *, payload: Mapping[str, Any] | None = None) -> Task:
        """Redrive a dead letter, which begins a new generation.

        Args:
            task_id: Id of the task.
            payload: Corrected payload; None to keep the original one.
        """
        return self._call(calls.redrive(task_id, payload))

    def run(self, task_id: str) -> Task:
        """Run a waiting task now, whether it waits for its time, a retry or a circuit."""
        return self._call(calls.run(task_id))

    def redrive_many(
        self,
        *,
        limit: int | None = None,
        dry_run: bool = False,
        next_token: str | None = None,
        payload_patch: Mapping[str, Any] | None = None,
        **wanted: Unpack[Selection],
    ) -> BulkResult:
        """Redrive the dead letters that match some conditions, in the order of submission.

        If the result has `more`, repeat the call with its `next_token`.

        Args:
            limit: Maximum number of tasks to redrive, up to 500; None for the API's default, 100. A call with
                a limit is retried only if it cannot have arrived, as a second one would redrive others.
            dry_run: Whether only to count the dead letters, without redriving any.
            next_token: `next_token` of the previous result.
            payload_patch: JSON Merge Patch (RFC 7396) that corrects each payload.
            wanted: Conditions on the dead letters; see `Selection`. If `died_before` is absent, the API sets
                it to the time of the first call, which is then retried only if it cannot have arrived.
        """
        return self._call(
            calls.redrive_many(
                wanted,
                limit=limit,
                dry_run=dry_run,
                next_token=next_token,
                payload_patch=payload_patch,
            )
        )

    def cancel_many(
        self,
        *,
        limit: int | None = None,
        dry_run: bool = False,
        next_token: str | None = None,
        **wanted: Unpack[Selection],
    ) -> BulkResult:
        """Cancel the tasks that match some conditions, in the order of submission.

        Args:
            limit: Maximum number of tasks to cancel, up to 500, as in `redrive_many`.
            dry_run: Whether only to count the tasks, without cancelling any.
            next_token: `next_token` of the previous result, as in `redrive_many`.
            wanted: Conditions on the tasks; see `Selection`. If `submitted_before` is absent, the API sets it
                to the time of the first call, which is then retried only if it cannot have arrived. If only
                dead letters can match, it also sets `died_before`.
        """
        return self._call(calls.cancel_many(wanted, limit=limit, dry_run=dry_run, next_token=next_token))

    def pause(self, kind: str, *, reason: str | None = None) -> KindState:
        """Pause a kind of work, so that its tasks wait until it is resumed.

        Args:
            kind: Name of the kind.
            reason: Reason to show to other clients.
        """
        return self._call(calls.pause(kind, reason))

    def resume(self, kind: str) -> KindState:
        """Resume a paused kind of work."""
        return self._call(calls.resume(kind))

    def stats(self, window: Literal["15m", "1h", "24h"] = "1h") -> Stats:
        """Read the statistics of the stage; `window` limits the dead letters that are counted."""
        return self._call(calls.stats(window))

    def kinds(self) -> list[KindOfWork]:
        """List the kinds of work."""
        return self._call(calls.kinds()).kinds

    def _list[T: TaskSummary](
        self, kind: type[T], filters: Mapping[str, Any], limit: int | None
    ) -> Iterator[T]:
        token, left = None, limit
        while left is None or left > 0:
            page = self._call(calls.page(kind, filters, limit=left, token=token))
            yield from page.tasks
            left, token = left and left - len(page.tasks), page.next_token
            if token is None:
                return

    def _call[T: JsonModel](self, call: calls.Call[T]) -> T:
        return self._run(self._exchanges.answered(call))

    def _run[T](self, exchange: Exchange[T]) -> T:
        return run(self._api, exchange)


def run[T](api: ApiClient, exchange: Exchange[T]) -> T:
    """Run an exchange to its end, sending the requests that it yields, and return its result."""
    try:
        wanted = next(exchange)
        while True:
            time.sleep(wanted.after_seconds)
            wanted = exchange.send(_send(api, wanted))
    except StopIteration as over:
        result: T = over.value
        return result


def _send(api: ApiClient, wanted: Try) -> Outcome:
    call = wanted.call
    try:
        return api.call(
            call.method, call.path, json=call.json, params=call.params, timeout=wanted.timeout_seconds
        )
    except ApiUnreachable as error:
        return error
