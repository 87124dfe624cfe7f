"""A task's log lines, found by a filter of CloudWatch Logs."""

import json
from typing import Any

from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually

LIFE = [
    *("task submitted", "attempt begun", "attempt failed", "attempt begun", "attempt failed"),
    *("attempt begun", "task dead-lettered", "dead letter"),
    *("task redriven", "attempt begun"),
]


def lines(stack: Stack, task_id: str) -> list[dict[str, Any]]:
    """Return the log lines that contain a task's id, in the order in which functions wrote them.

    Lambda may receive lines of different functions in another order.
    """
    pages = stack.session.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=stack.settings.log_group_name, filterPattern=f'"{task_id}"')
    written = [json.loads(each["message"]) for page in found for each in page["events"]]
    return sorted(written, key=lambda line: str(line["timestamp"]))


def test_one_filter_shows_a_tasks_life(stack: Stack) -> None:
    """A filter by task id finds each step from submission to redrive once, in four functions.

    Each line has the client's correlation id and the kind, and none has the payload.
    """
    task_id, correlation = fresh("followed"), fresh("caller")
    secret = f"payload-{task_id[::-1]}"
    answer = stack.api.call(
        "POST",
        "/tasks",
        json={"taskId": task_id, "payload": {"secret": secret}, "simulate": {"error": "NETWORK"}},
        headers={"X-Correlation-Id": correlation},
    )
    assert answer.headers["X-Correlation-Id"] == correlation
    assert stack.ended(task_id)["correlationId"] == correlation
    eventually(lambda: [line for line in lines(stack, task_id) if line["message"] == "dead letter"])
    assert stack.redrive(task_id).status == 202
    found = eventually(
        lambda: now if len(now := lines(stack, task_id)) >= len(LIFE) else None,
        what="the whole life",
    )

    assert [line["message"] for line in found][: len(LIFE)] == LIFE
    for line in found:
        assert (line["correlation_id"], line["kind"]) == (correlation, "echo")
        assert line["stage"] == stack.settings.name
        assert line["function_request_id"]
        assert line["cold_start"] in (True, False)
    begun = [line for line in found if line["message"] == "attempt begun"]
    assert [line["attempt"] for line in begun][:3] == [1, 2, 3]
    assert {line["service"] for line in found} == {
        *("submit_task", "process_task", "monitor_dlq", "manage_tasks"),
    }
    assert [line["error"]["category"] for line in found if line["message"] == "attempt failed"][:2] == [
        "NETWORK",
        "NETWORK",
    ]
    assert secret not in json.dumps(found)


def test_an_answers_correlation_id_is_the_gateways_where_the_client_has_none(stack: Stack) -> None:
    """Without a client's correlation id, the answer, the task and the log have the gateway's."""
    answer = stack.submit()
    correlation = answer.headers["X-Correlation-Id"]
    task_id = answer.body["taskId"]
    assert stack.ended(task_id)["correlationId"] == correlation
    first = eventually(lambda: lines(stack, task_id))[0]
    assert first["correlation_id"] == correlation
