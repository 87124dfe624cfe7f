"""Sentences about the current situation of a task."""

from datetime import UTC, datetime
from typing import Any

import pytest

from faultline.console.situation import situation
from faultline.console.turn import Turn
from lambdas.domain.lifecycle import Status

ERROR = {"category": "NETWORK", "type": "NetworkFailure", "message": "no answer."}


def task(status: str, last: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    entry = {"at": "2026-01-31T12:00:00Z", "status": status, **(last or {})}
    return {"taskId": "T-1", "status": status, "attempts": 1, "maxAttempts": 3, "history": [entry], **more}


def test_a_retry_counts_down() -> None:
    found = situation(task("RETRYING", {"error": ERROR, "retryDelaySeconds": 8}), {})
    assert found.headline == "Attempt 2 of 3 begins"
    assert found.detail == "The attempt before failed with NETWORK: no answer."
    assert found.due == datetime(2026, 1, 31, 12, 0, 8, tzinfo=UTC)


def test_a_circuit_is_named_with_its_reason() -> None:
    opened = {"openedBy": "T-17", "category": "SYSTEM", "message": "503"}
    found = situation(task("PARKED", {"circuit": "a.example"}), {"a.example": opened})
    assert found.headline == "Waits for the circuit of a.example to close."
    assert "SYSTEM: 503" in found.detail
    assert found.opened_by == "T-17"
    assert situation(task("PARKED", {"circuit": "a.example"}), {}).opened_by is None


def test_a_turn_names_the_key() -> None:
    found = situation(task("PARKED", orderingKey="customer-9"), {})
    assert found.headline == "Waits for its turn in key customer-9."
    found = situation(task("PARKED", orderingKey="customer-9"), {}, Turn(ahead=2))
    assert found.headline == "Waits for its turn, third in key customer-9."


def test_a_pause_and_a_circuit_that_is_held_are_not_a_turn() -> None:
    paused = situation(task("PARKED", {"waitsFor": "PAUSE"}, type="mail", orderingKey="k"), {})
    assert paused.headline == "Waits until mail is resumed: this kind of work is paused."
    held = {"a.example": {"byHand": True, "reason": "migration"}}
    found = situation(task("PARKED", {"circuit": "a.example"}), held)
    assert found.detail == "An operator holds it open until it is closed: migration"


def test_a_running_task_may_have_been_asked_to_stop() -> None:
    assert situation(task("PROCESSING"), {}).headline == "Attempt 1 of 3 is running."
    asked = situation(task("PROCESSING", cancelRequested=True), {})
    assert asked.headline == "Attempt 1 is running, and was asked to stop."


def test_a_dead_letter_says_what_helps() -> None:
    assert "Fix the cause of the error" in situation(task("DEAD_LETTERED", error=ERROR), {}).detail
    permanent = {**ERROR, "category": "VALIDATION"}
    found = situation(task("DEAD_LETTERED", error=permanent), {})
    assert found.headline == "Was given up after 1 attempt: VALIDATION: no answer."
    assert "permanent" in found.detail


def test_the_record_of_a_message_that_belongs_to_no_task_is_not_advised_to_be_redriven() -> None:
    error = {"category": "VALIDATION", "type": "NotATask", "message": "not JSON"}
    found = situation(task("DEAD_LETTERED", error=error, taskId="message:1"), {})
    assert found.headline == "A message that belongs to no task: VALIDATION: not JSON."
    assert "cannot be redriven" in found.detail


@pytest.mark.parametrize("status", Status)
def test_every_state_has_a_sentence(status: Status) -> None:
    assert situation(task(status, runAt="2026-01-31T12:00:00Z", error=ERROR), {}).headline
    assert "expired" in situation(task("EXPIRED"), {}).headline.lower()
