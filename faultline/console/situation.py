"""Description of a task's situation in a few sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from faultline.console import formatting
from faultline.console.turn import Turn
from lambdas.domain.task import may_be_redriven

type Circuits = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Current situation of a task, and what happens next.

    Attributes:
        headline: Sentence that describes the situation, without a full stop if a countdown follows.
        detail: Further sentences; may be empty.
        due: Time of the next automatic change; None if unknown.
        opened_by: Id of the task that opened the circuit that this one waits for; None if unknown.
    """

    headline: str
    detail: str = ""
    due: datetime | None = None
    opened_by: str | None = None


def situation(task: Mapping[str, Any], circuits: Circuits, turn: Turn | None = None) -> Situation:
    """Describe the situation of a task.

    Args:
        task: The task as returned by the API, with its history.
        circuits: Circuits that have opened, by name (`faultline.operations.circuits`).
        turn: Place of the task in its ordering key, if it waits for its turn and the place is known.
    """
    last = task["history"][-1]
    match task["status"]:
        case "SCHEDULED":
            return Situation(headline="Will be queued", due=formatting.moment(task["runAt"]))
        case "PENDING" | "QUEUED":
            return Situation(headline=f"Waits on the queue for {_next(task)}.")
        case "PROCESSING":
            number = last.get("attempt", task["attempts"])
            if task.get("cancelRequested"):
                headline = f"Attempt {number} is running, and was asked to stop."
                detail = (
                    "If it fails, the task is cancelled and not tried again. "
                    "If it succeeds, so does the task."
                )
                return Situation(headline=headline, detail=detail)
            detail = "If it fails, it is retried, unless the error is permanent or no attempts are left."
            return Situation(headline=f"Attempt {number} of {task['maxAttempts']} is running.", detail=detail)
        case "RETRYING":
            return _retry(task, last)
        case "PARKED":
            return _parked(task, last, circuits, turn)
        case "SUCCEEDED":
            tried = "the first attempt" if task["attempts"] == 1 else f"attempt {task['attempts']}"
            return Situation(headline=f"Succeeded with {tried}. Nothing more happens.")
        case "DEAD_LETTERED":
            return _dead(task)
        case "EXPIRED":
            return Situation(headline="Expired before its first attempt had begun. Nothing more happens.")
        case _:
            return Situation(headline="Was cancelled. Nothing more happens.")


def _retry(task: Mapping[str, Any], last: Mapping[str, Any]) -> Situation:
    return Situation(
        headline=f"{_next(task).capitalize()} begins",
        detail=f"The attempt before failed with {_said(last)}.",
        due=formatting.moment(last["at"]) + timedelta(seconds=last.get("retryDelaySeconds", 0)),
    )


def _parked(
    task: Mapping[str, Any], last: Mapping[str, Any], circuits: Circuits, turn: Turn | None
) -> Situation:
    if name := last.get("circuit"):
        circuit = circuits.get(name, {})
        if circuit.get("byHand"):
            reason = f": {circuit['reason']}" if "reason" in circuit else "."
            detail = f"An operator holds it open until it is closed{reason}"
            return Situation(headline=f"Waits for the circuit of {name} to close.", detail=detail)
        why = (
            f" It opened because of {circuit['category']}: {circuit['message']}"
            if "message" in circuit
            else ""
        )
        detail = f"No attempts are used meanwhile. When one task succeeds again, the others follow.{why}"
        return Situation(
            headline=f"Waits for the circuit of {name} to close.",
            detail=detail,
            opened_by=circuit.get("openedBy"),
        )
    if last.get("waitsFor") == "PAUSE":
        return Situation(
            headline=f"Waits until {task['type']} is resumed: this kind of work is paused.",
            detail="No attempts are used meanwhile. Resume it on the screen Flow.",
        )
    if "retryDelaySeconds" in last:
        return _retry(task, last)
    key = task.get("orderingKey", "")
    return Situation(
        headline=f"Waits for its turn{turn.words(key) if turn else f' in key {key}'}.",
        detail="Tasks of one key run one at a time, in the order of their submission. It follows when those "
        "before it have ended.",
    )


def _dead(task: Mapping[str, Any]) -> Situation:
    error = task.get("error", {})
    if not may_be_redriven(task["taskId"]):
        return Situation(
            headline=f"A message that belongs to no task: {_said(task)}.",
            detail="It cannot be redriven, since nothing says which work it asks for. Its payload shows what "
            "was received. Submit the task anew if it is still needed, then cancel this record.",
        )
    tried = f"after {task['attempts']} attempts" if task["attempts"] != 1 else "after 1 attempt"
    if error.get("category") == "VALIDATION":
        detail = (
            "This error is permanent: the same payload fails again unless the code or its dependency has "
            "changed. Redrive the task after that, or cancel it if it is no longer needed."
        )
    else:
        detail = "Fix the cause of the error, then redrive the task: it gets all its attempts again."
    return Situation(headline=f"Was given up {tried}: {_said(task)}.", detail=detail)


def _next(task: Mapping[str, Any]) -> str:
    return f"attempt {task['attempts'] + 1} of {task['maxAttempts']}"


def _said(entry: Mapping[str, Any]) -> str:
    error = entry.get("error")
    return (
        f"{error['category']}: {error['message'].rstrip('.')}" if error else "an error that was not recorded"
    )
