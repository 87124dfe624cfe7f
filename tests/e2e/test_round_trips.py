"""The limit on a task's releases."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from infra.stage_names import LIVE
from lambdas.domain.task import MAX_TRIPS
from tests.e2e.direct import moved_by_sqs, opened, record_of, recorded
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh


def well_travelled(stack: Stack, **submission: Any) -> str:
    """Record a task that has reached the limit of releases, and return its id."""
    task_id = recorded(stack, **submission)
    stack.session.client("dynamodb").update_item(
        TableName=stack.outputs.task_table_name,
        Key={"taskId": {"S": task_id}},
        UpdateExpression="SET trips = :trips",
        ExpressionAttributeValues={":trips": {"N": str(MAX_TRIPS)}},
    )
    return task_id


def test_a_task_that_never_gets_to_an_attempt_is_given_up(stack: Stack) -> None:
    """The monitor dead-letters a task that has reached the limit of releases without an attempt."""
    task_id = well_travelled(stack)
    moved_by_sqs(stack, task_id, 0)
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("DEAD_LETTERED", 0)
    assert (task["error"]["category"], task["error"]["type"]) == ("SYSTEM", "TooManyReleases")


def test_a_task_that_is_given_up_by_the_monitor_lets_its_followers_pass(stack: Stack) -> None:
    """The monitor queues the follower of a task that it dead-letters."""
    key = fresh("key")
    head = well_travelled(stack, orderingKey=key)
    follower = stack.accepted(orderingKey=key)
    stack.becomes(follower, "PARKED")
    moved_by_sqs(stack, head, 0)
    assert stack.ended(head)["status"] == "DEAD_LETTERED"
    assert stack.ended(follower)["status"] == "SUCCEEDED"


def test_a_circuit_that_is_always_open_uses_attempts_at_last(stack: Stack, sink: Sink) -> None:
    """At the limit of releases, a task uses an attempt at an open circuit instead of being parked."""
    opened(stack, sink)
    task_id = well_travelled(stack, type="http.request", payload={"url": sink.url})
    stack.invoke("process_task", {"Records": [record_of(stack, task_id, str(uuid.uuid4()))]})
    task = stack.task(task_id)
    assert (task["status"], task["attempts"]) == ("RETRYING", 1)
    assert f"{MAX_TRIPS} times" in task["error"]["message"]
    assert stack.cancel(task_id).status == 202


@contextmanager
def without_tracing(stack: Stack, function: str) -> Iterator[None]:
    """Point a function's alias to a version without tracing during the block."""
    functions, name = stack.session.client("lambda"), stack.settings.function_name(function)
    live = functions.get_alias(FunctionName=name, Name=LIVE)["FunctionVersion"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def becomes(variables: dict[str, str]) -> None:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    becomes({**variables, "POWERTOOLS_TRACE_DISABLED": "true"})
    untraced = functions.publish_version(FunctionName=name)["Version"]
    try:
        functions.get_waiter("published_version_active").wait(
            FunctionName=name, Qualifier=untraced, WaiterConfig={"Delay": 1}
        )
        functions.update_alias(FunctionName=name, Name=LIVE, FunctionVersion=untraced)
        yield
    finally:
        functions.update_alias(FunctionName=name, Name=LIVE, FunctionVersion=live)
        functions.delete_function(FunctionName=name, Qualifier=untraced)
        becomes(variables)


@pytest.mark.alone  # the tasks of other tests would not be traced
def test_a_line_of_tasks_is_not_stopped_as_a_loop(stack: Stack, sink: Sink) -> None:
    """Tasks of an ordering key queue each other in chains of more than 16 invocations.

    Lambda stops such chains by default:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    A stopped message uses all its receives before the monitor queues it again. With tracing, X-Ray's SDK
    hides that, since each task's segment begins another chain.
    """
    receives = stack.settings.max_receive_count * stack.settings.visibility_timeout_seconds
    key = fresh("key")
    sink.answer(429, path="/later", retry_after=300)
    head = stack.delivers(f"{sink.url}later", orderingKey=key)
    stack.becomes(head, "PARKED")
    followers = [stack.accepted(orderingKey=key) for _ in range(20)]
    for follower in followers:
        stack.becomes(follower, "PARKED")
    with without_tracing(stack, "process_task"):
        assert stack.cancel(head).status == 202
        ended = [stack.ended(follower) for follower in followers]
    assert [task["status"] for task in ended] == ["SUCCEEDED"] * len(followers)
    ends = [datetime.fromisoformat(task["updatedAt"]) for task in ended]
    longest = max(later - earlier for earlier, later in pairwise(ends))
    assert longest.total_seconds() < receives - 2
