"""Lists, submissions and throughput with many tasks in the table, and memory per finished task."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from benchmarks.errors import MeasurementFailed
from benchmarks.measures.measurement import Measured, percentiles, together
from benchmarks.measures.throughput import per_second, slow_submissions, submissions
from benchmarks.plan import Plan
from benchmarks.stack import Stack
from benchmarks.tasks import await_end, submit
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.store.attribute_values import Item
from lambdas.store.item import to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PAGE = 50
_MAX_ITEMS = 25
"""Maximum per request: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
_RESOLUTION_KB = 0.1


def measure(stack: Stack, plan: Plan) -> Measured:
    """Measure a task's memory, submissions before and after filling the table, lists, and throughput.

    Raises:
        MeasurementFailed: If tasks cannot be listed, or do not end in time.
    """
    # First, so that both measures of submissions come after the same load, with as many environments.
    memory = _memory_of_a_task(stack, plan)
    before = _submitted(stack, plan, "few")
    fill(stack.tables, stack.outputs.task_table_name, plan.many_tasks)
    after = _submitted(stack, plan, "many")
    lists = [_seconds_to_list(stack) for _ in range(plan.lists)]
    rates = {
        "tasks_among_many_per_s": per_second(stack, plan, submissions("among-many", plan.tasks)),
        "slow_tasks_among_many_per_s": per_second(stack, plan, slow_submissions("slow-among-many", plan)),
    }
    return together(
        Measured(figures={"task_memory_kb": memory}),
        percentiles("submission_to_few", before),
        percentiles("submission_to_many", after),
        percentiles("list_of_many", lists),
        Measured(figures=rates),
    )


def _submitted(stack: Stack, plan: Plan, prefix: str) -> tuple[float, ...]:
    done = submit(stack, submissions(f"to-{prefix}", plan.lists), clients=1)
    await_end(stack, done.ids, plan.max_seconds)
    return done.latencies


def _memory_of_a_task(stack: Stack, plan: Plan) -> float:
    """Return the growth of the emulator's memory for each of `plan.tasks` tasks, in KB.

    As many tasks precede them: an emulator may keep its newest tasks, logs and traces in a form that needs
    more memory.
    """
    _finish(stack, plan, "first")
    before = stack.processes.own_memory_mb()
    _finish(stack, plan, "kept")
    grown = (stack.processes.own_memory_mb() - before) * 1000 / plan.tasks
    return max(grown, _RESOLUTION_KB)


def _finish(stack: Stack, plan: Plan, prefix: str) -> None:
    done = submit(stack, submissions(prefix, plan.tasks), plan.clients)
    await_end(stack, done.ids, plan.max_seconds)
    time.sleep(plan.settling_seconds)


def fill(client: "DynamoDBClient", table: str, count: int) -> None:
    """Write records of tasks that succeeded in the past directly to the table.

    Raises:
        MeasurementFailed: If the table refuses some of them.
    """
    for items in batched(_records(count), _MAX_ITEMS, strict=False):
        requests: Any = [{"PutRequest": {"Item": item}} for item in items]
        unwritten = client.batch_write_item(RequestItems={table: requests})
        if unwritten.get("UnprocessedItems"):
            raise MeasurementFailed("the table refused some records")


def _records(count: int) -> Iterator[Item]:
    began = datetime.now(UTC) - timedelta(days=1)
    for number in range(count):
        at = began + timedelta(milliseconds=number)
        submission = Submission(payload={"number": number})
        new = accepted(submission, task_id=f"old-{number}", max_attempts=3, correlation_id="old", at=at)
        done = new.model_copy(update={"status": Status.SUCCEEDED, "attempts": 1})
        yield to_item(done, submission.fingerprint())


def _seconds_to_list(stack: Stack) -> float:
    began = time.perf_counter()
    answer = stack.api.tasks(limit=_PAGE)
    if not answer.ok or len(answer.body["tasks"]) != _PAGE:
        raise MeasurementFailed(f"tasks cannot be listed: {answer.problem()}")
    return time.perf_counter() - began
