"""Dead letters explain themselves: an analysis, alerts to filter, a report; and nothing private in any."""

import json
import random
import string
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from lambdas.domain.serialization import rfc3339
from tests.e2e import alerts as alert_queue
from tests.e2e import sink as sinks
from tests.e2e.alerts import Alerts
from tests.e2e.direct import moved_by_sqs, recorded
from tests.e2e.logs import log_groups, log_lines
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task, statuses
from tests.e2e.test_redrive import again_dead
from tests.e2e.test_retry import seconds_between
from tests.e2e.test_schedule import later
from tests.eventually import eventually

CARD = "4111 1111 1111 1111"  # nobody's: for tests


def word() -> str:
    """Letters that are nowhere else, and which are no id for a report's reasons."""
    return "".join(random.choices(string.ascii_lowercase, k=20))


def report(stack: Stack, since: datetime | str, **more: Any) -> dict[str, Any]:
    since = since if isinstance(since, str) else rfc3339(since)
    return dict(stack.invoke("monitor_dlq", {"report": {"since": since, **more}}))


def refused(stack: Stack, sink: Sink, reason: str, *, payload: dict[str, Any] | None = None) -> Task:
    """A task that died at once, with `reason` in the message of its error."""
    sink.answer(302, location=f"https://a.example/{reason}")
    task = stack.ended(stack.accepted(type="http.request", payload={"url": sink.url, **(payload or {})}))
    assert task["status"] == "DEAD_LETTERED"
    assert reason in task["error"]["message"]
    return task


def test_a_task_that_died_by_retries_tells_of_them(stack: Stack) -> None:
    """Its analysis: the attempts, their delays, what they have in common, the time in each state."""
    task = stack.ended(stack.accepted(simulate={"error": "NETWORK"}))
    found = task["analysis"]
    failed = [entry for entry in task["history"] if entry["status"] in ("RETRYING", "DEAD_LETTERED")]
    assert (found["category"], found["attempts"]) == ("NETWORK", 3)
    assert found["retryPattern"]["outcome"] == "SAME_ERROR"
    assert found["retryPattern"]["delaySeconds"] == [
        pytest.approx(seconds_between(entry, following))
        for entry, following in pairwise(task["history"])
        if entry["status"] == "RETRYING"
    ]
    assert found["retryPattern"]["delaySeconds"][1] >= 2
    assert (found["firstFailureAt"], found["lastFailureAt"]) == (failed[0]["at"], failed[-1]["at"])
    assert found["secondsIn"].keys() == {entry["status"] for entry in task["history"][:-1]}
    whole = seconds_between(task["history"][0], task["history"][-1])
    assert sum(found["secondsIn"].values()) == pytest.approx(whole, abs=0.1)


def test_a_task_that_died_at_once_says_so(stack: Stack) -> None:
    """One attempt, no delays; the death of the next generation has an analysis of its own."""
    task_id = stack.accepted(simulate={"error": "VALIDATION"})
    found = stack.ended(task_id)["analysis"]
    assert found["retryPattern"] == {"outcome": "ONE_ATTEMPT", "delaySeconds": []}
    assert found["firstFailureAt"] == found["lastFailureAt"]
    assert stack.redrive(task_id).status == 202
    again = again_dead(stack, task_id, 1)["analysis"]
    assert again["attempts"] == 1
    assert again["firstFailureAt"] > found["firstFailureAt"]


def test_a_lost_last_attempt_is_what_a_task_died_of(stack: Stack) -> None:
    """Not the error of the attempt before it: the monitor found it in PROCESSING, its lease over."""
    task_id = recorded(stack, max_attempts=2, simulate={"failures": 2, "error": "RATE_LIMIT"})
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
    """With what that generation died of; the next, which has succeeded, is no dead letter."""
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
    """A task that was cancelled alive has none."""
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
    """The alert that follows the first `before`, and the last."""
    told = eventually(
        lambda: told if len(told := alerts.of(task_id)) > before else None, within=30, what="another alert"
    )
    assert len(told) == before + 1
    return told[-1]


def test_critical_alerts_can_be_subscribed_to_alone(stack: Stack, alerts: Alerts) -> None:
    """Who filters by the attribute `critical` hears of what is SYSTEM and UNKNOWN in this stage, only."""
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
    """A task with secrets in its payload and in its error, dead and told of: `{task, secrets, since}`."""
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


def test_what_is_private_stays_in_the_task(stack: Stack, planted: dict[str, Any]) -> None:
    """A redrive needs the payload as it came, and whoever may read the task may read its error."""
    task = stack.task(planted["task"]["taskId"])
    shown = json.dumps([task["payload"], task["error"]])
    assert [name for name, secret in planted["secrets"].items() if secret not in shown] == []


def test_what_is_private_is_not_alerted(planted: dict[str, Any], alerts: Alerts) -> None:
    """The alert's reason says where it was."""
    [alert] = alerts.of(planted["task"]["taskId"])
    assert "token=*****&mail=*****&card=*****" in alert["reason"]
    assert found_in(str(alert), planted) == []


def test_what_is_private_is_not_reported(stack: Stack, planted: dict[str, Any]) -> None:
    """Neither in the reasons nor in the samples, whose payloads are otherwise whole."""
    made = report(stack, planted["since"])
    assert found_in(json.dumps(made), planted) == []
    own = [sample for sample in made["samples"] if sample["taskId"] == planted["task"]["taskId"]]
    for sample in own:
        assert sample["payload"]["headers"] == {"Authorization": "*****"}
        assert sample["payload"]["body"] == {"user": {"userPassword": "*****", "paidWith": "*****"}}
        assert sample["payload"]["url"] == planted["task"]["payload"]["url"]


def test_what_is_private_is_not_logged(stack: Stack, planted: dict[str, Any]) -> None:
    """By no function, and not by the API, whatever it had to do with the task."""
    groups = log_groups(stack)
    assert stack.settings.log_group_name in groups
    lines = partial(log_lines, stack, since=planted["since"])

    def told() -> bool:
        """The last that the functions say of it; what they said before is there, too."""
        own = [line for line in lines(stack.settings.log_group_name) if planted["task"]["taskId"] in line]
        return any("dead letter" in line and "monitor_dlq" in line for line in own)

    eventually(told, within=30, what="the logs tell of the dead letter")
    assert [line for group in groups for line in lines(group) if found_in(line, planted)] == []


def found_in(text: str, planted: dict[str, Any]) -> list[str]:
    """The secrets that a text gives away, however it separates a card's digits."""
    return [
        name
        for name, secret in planted["secrets"].items()
        if any(secret.replace(" ", separator) in text for separator in (" ", "-", ""))
    ]


def test_a_report_counts_what_died_since(stack: Stack, sink: Sink) -> None:
    """By category, kind and reason; like reasons are one; `since` itself counts; the sums agree."""
    reason = word()
    first = refused(stack, sink, f"{reason}/1")
    second = refused(stack, sink, f"{reason}/22")
    died = [task["history"][-1]["at"] for task in (first, second)]
    assert died[0] < died[1]

    def own(since: str) -> list[dict[str, Any]]:
        made = report(stack, since)
        assert made["total"] == sum(made["byCategory"].values()) == sum(made["byKind"].values())
        assert made["total"] == sum(each["count"] for each in made["trend"])
        assert made["total"] == sum(each["count"] for each in made["byReason"]) + made["otherReasons"]
        assert made["trend"][0]["at"] == made["since"] == since
        return [each for each in made["byReason"] if reason in each["reason"]]

    [found] = own(died[0])
    assert (found["category"], found["type"], found["count"]) == ("VALIDATION", "InvalidWork", 2)
    assert found["latest"] == died[1]
    assert f"https://a.example/{reason}/<n>" in found["reason"]
    after_first = rfc3339(datetime.fromisoformat(died[0]) + timedelta(milliseconds=1))
    assert [each["count"] for each in own(after_first)] == [1]
    after_both = rfc3339(datetime.fromisoformat(died[1]) + timedelta(milliseconds=1))
    assert own(after_both) == []


def test_what_was_redriven_is_not_reported(stack: Stack, sink: Sink) -> None:
    """It is no dead letter any more, and its analysis is gone with it."""
    reason = word()
    began = datetime.now(UTC)
    task = refused(stack, sink, reason)
    assert reason in json.dumps(report(stack, began)["byReason"])
    sink.answer(200)
    assert stack.redrive(task["taskId"]).status == 202
    assert "analysis" not in stack.becomes(task["taskId"], "SUCCEEDED")
    made = report(stack, began)
    assert reason not in json.dumps(made)
    assert task["taskId"] not in json.dumps(made["samples"])


def test_a_report_is_bounded(stack: Stack, sink: Sink) -> None:
    """At its limit it ends, and says that there is more."""
    began = datetime.now(UTC)
    for _ in range(2):
        refused(stack, sink, word())
    made = report(stack, began, limit=1)
    assert (made["total"], made["more"]) == (1, True)
    assert len(made["samples"]) <= 1
    assert report(stack, began)["more"] is False


def test_a_large_payload_is_left_out_of_a_report(stack: Stack, sink: Sink) -> None:
    """A sample says how large it was."""
    began = datetime.now(UTC)
    task = refused(stack, sink, word(), payload={"body": {"text": "x" * 10_000}})
    samples = [each for each in report(stack, began)["samples"] if each["taskId"] == task["taskId"]]
    for sample in samples:
        assert sample["payload"]["omitted"] is True
        assert sample["payload"]["bytes"] > 10_000


@pytest.mark.parametrize(
    ("request_", "field", "message"),
    [
        ({}, "report.since", "Field required"),
        ({"since": "yesterday"}, "report.since", "datetime"),
        ({"since": "2026-01-31T12:00:00"}, "report.since", "timezone"),
        ({"since": 1769860800}, "report.since", "must be a string"),
        ({"since": "2999-01-01T00:00:00Z"}, "report.since", "is in the future"),
        ({"since": "2026-01-01T00:00:00Z", "limit": 0}, "report.limit", "greater than or equal to 1"),
        ({"since": "2026-01-01T00:00:00Z", "limit": "9"}, "report.limit", "valid integer"),
        ({"since": "2026-01-01T00:00:00Z", "until": "x"}, "report.until", "Extra inputs"),
        ("all", "report", "dictionary"),
    ],
)
def test_a_wrong_request_for_a_report_is_answered(
    stack: Stack, request_: Any, field: str, message: str
) -> None:
    """With what is wrong, and no error of the function: it would look like the monitor's own."""
    [error] = stack.invoke("monitor_dlq", {"report": request_})["errors"]
    assert error["field"] == field
    assert message in error["message"]
