"""Submit tasks from some clients at once, wait until they have ended, read them."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import batched
from typing import Any

import urllib3

from benchmarks.errors import MeasurementFailed
from benchmarks.history import ENDED
from benchmarks.stack import Stack
from faultline.client.api import TIMEOUT_SECONDS, ApiUnreachable
from lambdas.store.item import marshal

_TRIES = 5
_PAGE = 100
_KEYS_AT_ONCE = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """Tasks that were accepted.

    Attributes:
        began: when the first was submitted, in seconds since 1970.
        seconds: how long all took together.
        latencies: how long each took its client, in seconds.
    """

    ids: tuple[str, ...]
    began: float
    seconds: float
    latencies: tuple[float, ...]


def submit(stack: Stack, submissions: Sequence[dict[str, Any]], clients: int) -> Submitted:
    """Submit all. One that is refused is repeated, and its latency is of all tries.

    The clients are as plain as can be: they share the processors with what they measure.

    Raises:
        MeasurementFailed: one was refused each time.
        ApiUnreachable: the API did not answer.
    """
    url = f"{stack.outputs.api_url.rstrip('/')}/tasks"
    connections = urllib3.PoolManager(maxsize=clients, retries=False, timeout=TIMEOUT_SECONDS)

    def one(submission: dict[str, Any]) -> float:
        began = time.perf_counter()
        for _ in range(_TRIES):
            try:
                answer = connections.request("POST", url, json=submission)
            except urllib3.exceptions.HTTPError as error:
                raise ApiUnreachable(f"{url} does not answer: {error}") from error
            if answer.status in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
                return time.perf_counter() - began
        raise MeasurementFailed(
            f"a submission was refused {_TRIES} times: HTTP {answer.status} {answer.data[:200]!r}"
        )

    began, started = time.time(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        latencies = tuple(pool.map(one, submissions))
    return Submitted(
        ids=tuple(each["taskId"] for each in submissions),
        began=began,
        seconds=time.perf_counter() - started,
        latencies=latencies,
    )


def statuses(stack: Stack, ids: Iterable[str]) -> dict[str, str]:
    """The states of tasks, from the table itself: a call costs an emulator much less than one of the API."""
    table = stack.outputs.task_table_name
    found: dict[str, str] = {}
    for some in batched(ids, _KEYS_AT_ONCE, strict=False):
        answer = stack.tables.batch_get_item(
            RequestItems={
                table: {
                    "Keys": [marshal({"taskId": id}) for id in some],
                    "ProjectionExpression": "taskId, #status",
                    "ExpressionAttributeNames": {"#status": "status"},
                }
            }
        )
        found |= {item["taskId"]["S"]: item["status"]["S"] for item in answer["Responses"][table]}
    return found


def await_end(stack: Stack, ids: Iterable[str], patience: float, every: float = 0.25) -> None:
    """Return when all have ended.

    Raises:
        MeasurementFailed: some have not after `patience` seconds.
    """
    unfinished, deadline = set(ids), time.monotonic() + patience
    total = len(unfinished)
    while unfinished:
        found = statuses(stack, sorted(unfinished)[:_KEYS_AT_ONCE])
        ended = {id for id, status in found.items() if status in ENDED}
        unfinished -= ended
        if ended and len(ended) == len(found):
            continue  # there may be more that have ended
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"{len(unfinished)} of {total} tasks have not ended after {patience:g} s")
        time.sleep(every)


def read(stack: Stack, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The tasks as the API returns them; they are among the newest, so that few pages hold them all.

    Raises:
        MeasurementFailed: not all can be read.
    """
    wanted = set(ids)
    found: dict[str, dict[str, Any]] = {}
    query: dict[str, Any] = {"limit": _PAGE}
    while len(found) < len(wanted):
        answer = stack.api.tasks(**query)
        if not answer.ok:
            raise MeasurementFailed(f"tasks cannot be listed: {answer.problem()}")
        found |= {task["taskId"]: task for task in answer.body["tasks"] if task["taskId"] in wanted}
        if "nextToken" not in answer.body:
            break
        query["nextToken"] = answer.body["nextToken"]
    if len(found) != len(wanted):
        raise MeasurementFailed(f"{len(found)} of {len(wanted)} tasks are listed")
    return list(found.values())
