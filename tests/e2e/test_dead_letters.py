"""Analyses and alerts of dead letters, and the masking of private data."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from lambdas.domain.serialization import rfc3339
from tests.e2e import alerts as alert_queue
from tests.e2e import sink as sinks
from tests.e2e.alerts import Alerts
from tests.e2e.dead_letters import refused, report, word
from tests.e2e.direct import moved_by_sqs, recorded
from tests.e2e.logs import log_groups, log_lines
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, retries, statuses
from tests.e2e.test_redrive import again_dead
from tests.e2e.test_retry import seconds_between
from tests.e2e.test_schedule import later
from tests.eventually import eventually

CARD = "4111 1111 1111 1111"  # a card number for tests


def test_a_task_that_died_by_retries_tells_of_them(stack: Stack) -> None:
    """The analysis of a retried task has its attempts, delays, common error and time in each state."""
    task = stack.ended(stack.accepted(simulate={"error": "NETWORK"}))
    found = task["analysis"]
    retried = retries(task)
    assert (found["category"], found["attempts"]) == ("NETWORK", 3)
    assert found["retryPattern"]["outcome"] == "SAME_ERROR"
    assert found["retryPattern"]["delaySeconds"] == [
        pytest.approx(seconds_between(failed, repeated)) for failed, repeated in retried
    ]
    assert found["retryPattern"]["delaySeconds"][1] >= 2
    first, last = retried[0][0]["at"], task["history"][-1]["at"]
    assert (found["firstFailureAt"], found["lastFailureAt"]) == (first, last)
    assert found["secondsIn"].keys() == {entry["status"] for entry in task["history"][:-1]}
    whole = seconds_between(task["history"][0], task["history"][-1])
    assert sum(found["secondsIn"].values()) == pytest.approx(whole, abs=0.1)


def test_a_task_that_died_at_once_says_so(stack: Stack) -> None:
    """The analysis of a permanent failure has one attempt, and each generation has its own analysis."""
    task_id = stack.accepted(simulate={"error": "VALIDATION"})
    found = stack.ended(task_id)["analysis"]
    assert found["retryPattern"] == {"outcome": "ONE_ATTEMPT", "delaySeconds": []}
    assert found["firstFailureAt"] == found["lastFailureAt"]
    assert stack.redrive(task_id).status == 202
    again = again_dead(stack, task_id, 1)["analysis"]
    assert again["attempts"] == 1
    assert again["firstFailureAt"] > found["firstFailureAt"]


def test_a_lost_last_attempt_is_what_a_task_died_of(stack: Stack, sink: Sink) -> None:
    """A task whose last attempt is lost has this loss as its error, and not the previous attempt's."""
    task_id = recorded(
        stack,
        max_attempts=2,
        simulate={"failures": 2, "error": "RATE_LIMIT"},
        expiresAt=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        callback={"url": sink.url},
    )
    table = stack.session.resource("dynamodb").Table(stack.outputs.task_table_name)
    moment = rfc3339(datetime.now(UTC))
    error = {"category": "RATE_LIMIT", "type": "RateLimited", "message": "later", "retryable": True}
    table.update_item(
        Key={"taskId": task_id},
        UpdateExpression="SET #status = :processing, statusShard = :shard, attempts = :two, #error = :error, "
        "leaseEnds = :over, history = list_append(history, :steps)",
        ExpressionAttributeNames={"#status": "status", "#error": "error"},
        ExpressionAttributeValues={
            ":processing": "PROCESSING",
            ":shard": "PROCESSING#0",
            ":two": 2,
            ":over": 1,
            ":error": error,
            ":steps": [
                {"at": moment, "status": "PROCESSING"},
                {"at": moment, "status": "RETRYING", "error": error, "retryDelaySeconds": 1},
                {"at": moment, "status": "PROCESSING"},
            ],
        },
    )
    moved_by_sqs(stack, task_id, 0)
    task = stack.ended(task_id)
    assert (task["error"]["type"], task["error"]["category"]) == ("LostAttempt", "SYSTEM")
    assert task["analysis"]["retryPattern"]["outcome"] == "LOST_ATTEMPTS"
    assert statuses(task)[-3:] == ["RETRYING", "PROCESSING", "DEAD_LETTERED"]


def test_a_dead_letter_is_alerted_that_was_redriven_first(stack: Stack, alerts: Alerts, sink: Sink) -> None:
    """A dead letter that is redriven before its alert is still alerted, but its later success is not."""
    sink.answer(404)
    task_id = stack.delivers(sink.url)
    error = stack.ended(task_id)["error"]
    alerts.first(task_id)
    sink.answer(200)
    assert stack.redrive(task_id).status == 202
    assert stack.ended(task_id)["status"] == "SUCCEEDED"
    before = len(alerts.of(task_id))
    moved_by_sqs(stack, task_id, 1)
    moved_by_sqs(stack, task_id, 0)
    late = one_more(alerts, task_id, before)
    assert (late["category"], late["errorType"], late["attempts"]) == (error["category"], error["type"], 1)


def test_a_dead_letter_is_alerted_that_was_cancelled_first(stack: Stack, alerts: Alerts) -> None:
    """A dead letter that is cancelled before its alert is still alerted, unlike other cancelled tasks."""
    alive = stack.accepted(runAt=later(3600).isoformat())
    dead = stack.accepted(simulate={"error": "VALIDATION"})
    stack.ended(dead)
    alerts.first(dead)
    for task_id in (alive, dead):
        assert stack.cancel(task_id).status == 202
    before = len(alerts.of(dead))
    moved_by_sqs(stack, alive, 0, message_group=dead)
    moved_by_sqs(stack, dead, 0)
    assert one_more(alerts, dead, before)["category"] == "VALIDATION"
    assert alerts.of(alive) == []


def one_more(alerts: Alerts, task_id: str, before: int) -> dict[str, Any]:
    """Wait for exactly one alert after the first `before` ones, and return it."""
    told = eventually(
        lambda: told if len(told := alerts.of(task_id)) > before else None, what="another alert"
    )
    assert len(told) == before + 1
    return told[-1]


def test_critical_alerts_can_be_subscribed_to_alone(stack: Stack, alerts: Alerts) -> None:
    """A subscription to `critical` alerts gets one of UNKNOWN, and none of VALIDATION."""
    with alert_queue.subscribed(stack, {"critical": ["true"]}) as critical:
        harmless = stack.accepted(simulate={"error": "VALIDATION"})
        assert alerts.first(harmless)["critical"] is False
        broken = recorded(stack, max_attempts=1, simulate={"failures": 1, "error": "UNKNOWN"})
        assert stack.submit(taskId=broken, simulate={"failures": 1, "error": "UNKNOWN"}).status == 200
        assert alerts.first(broken)["critical"] is True
        alert = critical.first(broken)
        assert (alert["category"], alert["critical"]) == ("UNKNOWN", True)
        assert alert["reason"] == "simulated: attempt 1 was to fail with UNKNOWN"
        assert critical.of(harmless) == []


@pytest.fixture(scope="module")
def planted(stack: Stack, alerts: Alerts) -> dict[str, Any]:
    """Provide a dead letter with secrets in its payload and its error, as `{task, secrets, since}`."""
    since = datetime.now(UTC)
    secrets = {name: f"{name}-{word()}" for name in ("token", "authorization", "password", "mail")} | {
        "card": CARD
    }
    with sinks.running() as sink:
        task = refused(
            stack,
            sink,
            f"login?token={secrets['token']}&mail={secrets['mail']}@a.example&card={CARD.replace(' ', '-')}",
            payload={
                "headers": {"Authorization": f"Bearer {secrets['authorization']}"},
                "body": {"user": {"userPassword": secrets["password"], "paidWith": CARD}},
            },
        )
    alerts.first(task["taskId"])
    return {"task": task, "secrets": secrets, "since": since}


def test_private_data_stays_in_the_task(stack: Stack, planted: dict[str, Any]) -> None:
    """The task itself keeps private data in its payload and its error."""
    task = stack.task(planted["task"]["taskId"])
    shown = json.dumps([task["payload"], task["error"]])
    assert [name for name, secret in planted["secrets"].items() if secret not in shown] == []


def test_private_data_is_not_alerted(planted: dict[str, Any], alerts: Alerts) -> None:
    """Private data is masked in an alert's reason."""
    [alert] = alerts.of(planted["task"]["taskId"])
    assert "token=*****&mail=*****&card=*****" in alert["reason"]
    assert found_in(str(alert), planted) == []


def test_private_data_is_not_reported(stack: Stack, planted: dict[str, Any]) -> None:
    """Private data is masked in a report's reasons and samples, which keep the rest of the payloads."""
    made = report(stack, planted["since"])
    assert found_in(json.dumps(made), planted) == []
    own = [sample for sample in made["samples"] if sample["taskId"] == planted["task"]["taskId"]]
    for sample in own:
        assert sample["payload"]["headers"] == {"Authorization": "*****"}
        assert sample["payload"]["body"] == {"user": {"userPassword": "*****", "paidWith": "*****"}}
        assert sample["payload"]["url"] == planted["task"]["payload"]["url"]


def test_private_data_is_not_logged(stack: Stack, planted: dict[str, Any]) -> None:
    """Neither the functions nor the API log private data at any step."""
    groups = log_groups(stack)
    assert stack.settings.log_group_name in groups
    lines = partial(log_lines, stack, since=planted["since"])

    def told() -> bool:
        """Return whether monitor_dlq, the last function to log about the task, has done so."""
        own = [line for line in lines(stack.settings.log_group_name) if planted["task"]["taskId"] in line]
        return any("dead letter" in line and "monitor_dlq" in line for line in own)

    eventually(told, what="the logs tell of the dead letter")
    assert [line for group in groups for line in lines(group) if found_in(line, planted)] == []


def found_in(text: str, planted: dict[str, Any]) -> list[str]:
    """Return the names of secrets in a text, even if their spaces are hyphens there or missing."""
    return [
        name
        for name, secret in planted["secrets"].items()
        if any(secret.replace(" ", separator) in text for separator in (" ", "-", ""))
    ]
