"""What `faultline costs` takes a task to need, compared with what the functions do for one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from infra.costs.assumptions import QUEUE_REQUESTS
from infra.costs.write_units import WRITES, item_bytes, units, write_units
from tests.e2e.stack import Stack
from tests.e2e.test_traces import trace_of, walk

INDEX_WRITES = 2
"""Of each write: a new task has entries in by-time and by-status; a new state moves the one in by-status."""


def succeeded(stack: Stack, payload_bytes: int) -> str:
    """The id of a task with a payload, and so a result, of that size."""
    payload = {"x": "y" * (payload_bytes - len('{"x":""}'))}
    answer = stack.api.submit({"payload": payload})
    assert answer.status == 202, answer.problem()
    task_id = str(answer.body["taskId"])
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    return task_id


def written(item: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The record's size when it was written in each state, told from the record as it is in the end."""
    history = item["history"]["L"]
    for number, entry in enumerate(history, start=1):
        status = entry["M"]["status"]["S"]
        then = {**item, "history": {"L": history[:number]}}
        if status != "SUCCEEDED":
            del then["result"]
        yield status, item_bytes(then)


@pytest.mark.parametrize("payload_bytes", [1024, 10 * 1024, 95_000])
def test_write_units_are_those_of_the_record(stack: Stack, payload_bytes: int) -> None:
    task_id = succeeded(stack, payload_bytes)
    answer = stack.session.client("dynamodb").get_item(
        TableName=stack.outputs.task_table_name, Key={"taskId": {"S": task_id}}
    )

    sizes = dict(written(answer["Item"]))

    assert set(sizes) == {write.status for write in WRITES}
    assert sum(units(size) + INDEX_WRITES for size in sizes.values()) == write_units(payload_bytes)


def test_calls_are_those_of_the_functions(stack: Stack) -> None:
    """One write for each of the states, one message, and no read."""
    trace = trace_of(stack, succeeded(stack, 1024), submit_task=1, process_task=1)

    calls = Counter(
        f"{each['name']} {each['aws']['operation']}"
        for function in ("submit_task", "process_task")
        for segment in trace.of(function)
        for each in walk(segment)
        if each.get("namespace") == "aws" and each["name"] in {"dynamodb", "sqs"}
    )

    # Lambda itself receives and deletes the message.
    assert calls.pop("sqs SendMessage") == QUEUE_REQUESTS - 2
    assert calls == {"dynamodb PutItem": 1, "dynamodb UpdateItem": len(WRITES) - 1}
