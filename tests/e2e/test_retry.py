"""Retries of failed attempts, and dead letters after the last one."""

import socket
from datetime import datetime
from math import ceil
from typing import Any

import pytest

from lambdas.domain.retry import RetryPolicy
from tests.e2e.alerts import Alerts
from tests.e2e.direct import recorded
from tests.e2e.stack import Stack, fresh, retries, statuses
from tests.eventually import eventually

TRANSIENT = ["NETWORK", "RATE_LIMIT", "SYSTEM", "UNKNOWN"]
# The time that a delivery may take beyond its delay, for the poll, a cold start, and a busy laptop.
SLACK_SECONDS = 4.0


def seconds_between(earlier: dict[str, Any], later: dict[str, Any]) -> float:
    return (datetime.fromisoformat(later["at"]) - datetime.fromisoformat(earlier["at"])).total_seconds()


def test_a_task_succeeds_and_gives_its_result(stack: Stack) -> None:
    """A task ends as SUCCEEDED after one attempt, with the result of its work."""
    task = stack.ended(stack.accepted(payload={"greeting": "hällo", "n": 1.5, "deep": [{"x": None}]}))
    assert task["status"] == "SUCCEEDED"
    assert task["attempts"] == 1
    assert task["result"] == task["payload"] == {"greeting": "hällo", "n": 1.5, "deep": [{"x": None}]}
    assert statuses(task) == ["PENDING", "PROCESSING", "SUCCEEDED"]
    assert "error" not in task


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("category", TRANSIENT)
def test_a_transient_error_is_retried_with_backoff(stack: Stack, category: str, failures: int) -> None:
    """A retry comes no earlier than its nominal delay, and at most some seconds after its planned one.

    It may be late on a busy machine, or behind a slow task of its batch. Another task is then tried.
    """
    policy = RetryPolicy()

    def is_prompt() -> bool:
        task = stack.ended(stack.accepted(simulate={"failures": failures, "error": category}))
        assert task["status"] == "SUCCEEDED"
        assert task["attempts"] == failures + 1
        retried = retries(task)
        assert len(retried) == failures
        for attempt, (failed, repeated) in enumerate(retried, start=1):
            nominal = policy.nominal_seconds(attempt)
            assert nominal == 2 ** (attempt - 1)
            assert failed["error"]["category"] == category
            assert failed["attempt"] == attempt
            assert nominal <= failed["retryDelaySeconds"] <= ceil(nominal * (1 + policy.jitter))
            assert nominal <= seconds_between(failed, repeated)
        return all(
            seconds_between(failed, repeated) <= failed["retryDelaySeconds"] + SLACK_SECONDS
            for failed, repeated in retried
        )

    eventually(is_prompt, what="each retry comes soon after its planned time")


def test_the_last_failure_dead_letters_at_once(stack: Stack, alerts: Alerts) -> None:
    """The last failed attempt dead-letters a task before the visibility timeout ends, and sends an alert."""

    def is_prompt() -> bool:
        task = stack.ended(stack.accepted(simulate={"error": "SYSTEM"}))
        assert task["status"] == "DEAD_LETTERED"
        assert task["attempts"] == 3
        assert task["error"]["category"] == "SYSTEM"
        assert len(retries(task)) == 2
        alert = alerts.first(task["taskId"])
        assert alert["category"] == "SYSTEM"
        died = datetime.fromisoformat(task["history"][-1]["at"])
        waited = (alert["receivedAt"] - died).total_seconds()
        return bool(waited < stack.settings.visibility_timeout_seconds - 1)

    eventually(is_prompt, what="an alert comes before the visibility timeout ends")


def test_a_permanent_error_is_not_retried(stack: Stack, alerts: Alerts) -> None:
    """A VALIDATION error dead-letters the task at its first attempt, and is alerted."""
    task = stack.ended(stack.accepted(simulate={"error": "VALIDATION"}))
    assert statuses(task) == ["PENDING", "PROCESSING", "DEAD_LETTERED"]
    assert task["attempts"] == 1
    assert not task["error"]["retryable"]
    assert alerts.first(task["taskId"])["category"] == "VALIDATION"


@pytest.mark.alone
def test_lost_attempts_count_and_are_repeated_up_to_the_last(stack: Stack, alerts: Alerts) -> None:
    """Attempts that crash or time out count, are shown as lost, and are repeated; the last is a dead letter.

    The tasks wait for the visibility timeout side by side. Each begins in a batch of its own, and a later
    batch that is lost delays the others in it, but uses none of their attempts.
    """
    dies = recorded(stack, simulate={"crash": True}, max_attempts=2)
    assert stack.api.run(dies).status == 202
    stack.becomes(dies, "PROCESSING")
    hangs = stack.accepted(simulate={"hang": True, "failures": 1})
    stack.becomes(hangs, "PROCESSING")
    crashes = stack.accepted(simulate={"crash": True, "failures": 1})
    for task in (stack.ended(crashes), stack.ended(hangs)):
        assert (task["status"], task["attempts"]) == ("SUCCEEDED", 2), task
        lost, repeated = (entry for entry in task["history"] if entry["status"] == "PROCESSING")
        assert lost["error"]["type"] == "LostAttempt"
        assert "error" not in repeated
        # The queue's timeout began with the delivery, a moment before the attempt did.
        assert seconds_between(lost, repeated) > stack.settings.visibility_timeout_seconds - 2
    task = stack.ended(dies)
    assert (task["status"], task["attempts"]) == ("DEAD_LETTERED", 2)
    assert task["error"]["type"] == "LostAttempt"
    assert alerts.first(task["taskId"])["category"] == "SYSTEM"


def test_tasks_of_a_kind_fail_by_its_payload(stack: Stack) -> None:
    """An `http.request` to a closed port fails with NETWORK, is retried, and is then dead-lettered."""
    with socket.socket() as silent:  # a port of its own, whose circuit is closed, and that stays closed
        silent.bind(("127.0.0.1", 0))
        payload = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "timeoutSeconds": 1}
        task = stack.ended(stack.accepted(taskId=fresh("nobody"), type="http.request", payload=payload))
    assert task["status"] == "DEAD_LETTERED"
    assert task["error"]["category"] == "NETWORK"
    assert task["attempts"] == 3
