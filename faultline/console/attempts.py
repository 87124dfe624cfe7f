"""Reconstruction of a task's attempts from its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faultline.console.formatting import moment

type Entry = Mapping[str, Any]


@dataclass(kw_only=True)
class Attempt:
    """An attempt at a task, or several attempts that were skipped for the same reason.

    Attributes:
        number: Number within the generation; None if the attempt does not count.
        took: Duration in seconds; None while the attempt is running, or if it was lost.
        outcome: Short description of the outcome.
        error: Error of the attempt; None if it did not fail.
        times: Number of attempts that this entry stands for.
        delay_asked: Planned delay before the next attempt, in seconds; None if there is none.
        delay_observed: Actual delay before the next attempt, in seconds; None if none has begun.
    """

    generation: int
    number: int | None
    began: str
    took: float | None = None
    outcome: str = "running"
    status: str = "PROCESSING"
    error: Mapping[str, Any] | None = None
    times: int = 1
    delay_asked: float | None = None
    delay_observed: float | None = None


def attempts(history: Sequence[Entry]) -> list[Attempt]:
    """Return the attempts in a history, oldest first."""
    found: list[Attempt] = []
    generation = 0
    ended_at: str | None = None
    for entry in history:
        generation = entry.get("generation", generation)
        if "generation" in entry:
            ended_at = None
        if entry["status"] == "PROCESSING":
            if found and ended_at:
                found[-1].delay_observed = _seconds(ended_at, entry["at"])
            elif found and found[-1].status == "PROCESSING" and found[-1].generation == generation:
                _lose(found[-1])
            found.append(Attempt(generation=generation, number=entry.get("attempt"), began=entry["at"]))
            if "error" in entry:
                _lose(found[-1], entry["error"])
            ended_at = None
        elif found and ended_at is None and found[-1].generation == generation:
            if found[-1].status == "PROCESSING":
                _end(found[-1], entry)
            ended_at = entry["at"]
    return _merged(found)


def _merged(found: Sequence[Attempt]) -> list[Attempt]:
    """Merge consecutive attempts that were skipped for the same reason, such as an open circuit."""
    merged: list[Attempt] = []
    for attempt in found:
        before = merged[-1] if merged else None
        is_same = before and (before.generation, before.outcome) == (attempt.generation, attempt.outcome)
        if before and is_same and before.number is attempt.number is None:
            before.times += 1
            before.delay_observed = attempt.delay_observed
        else:
            merged.append(attempt)
    return merged


def lanes(history: Sequence[Entry]) -> list[list[Entry]]:
    """Split a history into its generations."""
    found: list[list[Entry]] = []
    for entry in history:
        if not found or "generation" in entry:
            found.append([])
        found[-1].append(entry)
    return found


def _end(attempt: Attempt, entry: Entry) -> None:
    attempt.status = entry["status"]
    attempt.took = _seconds(attempt.began, entry["at"])
    attempt.error = entry.get("error")
    attempt.delay_asked = entry.get("retryDelaySeconds")
    match entry["status"]:
        case "SUCCEEDED":
            attempt.outcome = "succeeded"
        case "DEAD_LETTERED":
            attempt.outcome = "failed; the task was given up"
        case "PARKED" if "circuit" in entry:
            attempt.outcome = f"not made: the circuit of {entry['circuit']} is open"
            attempt.number = None
        case "PARKED" if entry.get("waitsFor") == "PAUSE":
            attempt.outcome = "not made: its kind is paused"
            attempt.number = None
        case _:
            attempt.outcome = "failed" if attempt.error else "ended"


def _lose(attempt: Attempt, error: Mapping[str, Any] | None = None) -> None:
    attempt.status = "LOST"
    attempt.outcome = "lost: it never reported back"
    attempt.error = error or attempt.error


def _seconds(begin: str, end: str) -> float:
    return max(0.0, (moment(end) - moment(begin)).total_seconds())
