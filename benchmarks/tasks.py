"""Concurrent submission of tasks, waiting for their end, and reading them."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import batched
from typing import Any

import urllib3

from benchmarks.errors import MeasurementFailed
from benchmarks.stack import Stack
from faultline.client.connection import TIMEOUT_SECONDS
from faultline.client.errors import ApiUnreachable
from lambdas.domain.lifecycle import Status
from lambdas.store.attribute_values import marshal

_MAX_TRIES = 5
_PAGE_SIZE = 100
_MAX_KEYS = 100
"""Maximum per request: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """Accepted tasks.

    Attributes:
        began: The time of the first submission, in seconds since 1970.
        seconds: The duration of all submissions together.
        latencies: The duration of each submission as its client sees it, in seconds.
    """

    ids: tuple[str, ...]
    began: float
    seconds: float
    latencies: tuple[float, ...]


def submit(stack: Stack, submissions: Sequence[dict[str, Any]], clients: int) -> Submitted:
    """Submit tasks, retrying refused submissions. A latency includes all tries.

    The clients are kept as simple as possible, because they share the processors with the emulator.

    Raises:
        MeasurementFailed: If a submission is refused in every try.
        ApiUnreachable: If the API does not answer.
    """
    url = f"{stack.outputs.api_url.rstrip('/')}/tasks"
    connections = urllib3.PoolManager(maxsize=clients, retries=False, timeout=TIMEOUT_SECONDS)

    def one(submission: dict[str, Any]) -> float:
        began = time.perf_counter()
        for _ in range(_MAX_TRIES):
            try:
                answer = connections.request("POST", url, json=submission)
            except urllib3.exceptions.HTTPError as error:
                raise ApiUnreachable(f"{url} does not answer: {error}") from error
            if answer.status in {HTTPStatus.OK, HTTPStatus.ACCEPTED}:
                return time.perf_counter() - began
        raise MeasurementFailed(
            f"a submission was refused {_MAX_TRIES} times: HTTP {answer.status} {answer.data[:200]!r}"
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
    """Return the statuses of tasks from the table, since reading it costs less than calling the API."""
    table = stack.outputs.task_table_name
    found: dict[str, str] = {}
    for some in batched(ids, _MAX_KEYS, strict=False):
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


def await_end(stack: Stack, ids: Iterable[str], seconds: float, every: float = 0.25) -> None:
    """Wait until all tasks have ended.

    Raises:
        MeasurementFailed: If some tasks have not ended after `seconds`.
    """
    unfinished, deadline = set(ids), time.monotonic() + seconds
    total = len(unfinished)
    while unfinished:
        found = statuses(stack, sorted(unfinished)[:_MAX_KEYS])
        ended = {id for id, status in found.items() if Status(status).ended}
        unfinished -= ended
        if ended and len(ended) == len(found):
            continue  # More of the others may have ended.
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"{len(unfinished)} of {total} tasks have not ended after {seconds:g} s")
        time.sleep(every)


def read(stack: Stack, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Read tasks from the API's list. The tasks must be among the newest, so that few pages suffice.

    Raises:
        MeasurementFailed: If some tasks cannot be read.
    """
    wanted = set(ids)
    found: dict[str, dict[str, Any]] = {}
    query: dict[str, Any] = {"limit": _PAGE_SIZE, "view": "full"}
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
