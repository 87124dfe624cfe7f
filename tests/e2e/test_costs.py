"""Comparison of a task's calls and reads with those that `faultline costs` assumes.

For write units, see `tests/chaos/test_write_units.py`.
"""

from collections import Counter

from infra.costs.assumptions import QUEUE_REQUESTS
from infra.costs.write_units import WRITES
from tests.e2e.stack import Stack
from tests.e2e.test_traces import walk, with_its_submission


def succeeded(stack: Stack, payload_bytes: int) -> str:
    """Run a task whose payload and result have a given size, and return its id."""
    payload = {"x": "y" * (payload_bytes - len('{"x":""}'))}
    answer = stack.api.submit({"payload": payload})
    assert answer.status == 202, answer.problem()
    task_id = str(answer.body["taskId"])
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    return task_id


def test_calls_are_those_of_the_functions(stack: Stack) -> None:
    """A task takes four calls: a write for each of three states, a message, and no read of the task."""
    trace = with_its_submission(stack, succeeded(stack, 1024), submit_task=1, process_task=1)

    calls = Counter(
        f"{each['name']} {each['aws']['operation']}"
        for function in ("submit_task", "process_task")
        for segment in trace.of(function)
        for each in walk(segment)
        if each.get("namespace") == "aws" and each["name"] in {"dynamodb", "sqs"}
    )

    # Lambda itself receives and deletes the message.
    assert calls.pop("sqs SendMessage") == QUEUE_REQUESTS - 2
    # An execution environment reads the paused kinds once in 5 seconds, for any number of tasks.
    assert calls.pop("dynamodb Query", 0) <= 1
    assert calls == {"dynamodb PutItem": 1, "dynamodb UpdateItem": len(WRITES) - 1}
