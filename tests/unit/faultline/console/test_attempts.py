"""Attempts, read from a task's history."""

from typing import Any

from faultline.console.attempts import attempts, lanes

ERROR = {"category": "SYSTEM", "type": "Broken", "message": "no"}


def entry(second: float, status: str, **more: Any) -> dict[str, Any]:
    return {"at": f"2026-01-31T12:00:{second:06.3f}Z", "status": status, **more}


def test_a_retry() -> None:
    first, second = attempts(
        [
            entry(0, "PENDING"),
            entry(1, "PROCESSING", attempt=1),
            entry(1.5, "RETRYING", attempt=1, error=ERROR, retryDelaySeconds=2),
            entry(4, "PROCESSING", attempt=2),
            entry(4.25, "SUCCEEDED", attempt=2),
        ]
    )
    assert (first.number, first.took, first.delay_asked, first.delay_observed) == (1, 0.5, 2, 2.5)
    assert (first.outcome, first.error) == ("failed", ERROR)
    assert (second.number, second.took, second.outcome, second.error) == (2, 0.25, "succeeded", None)


def test_a_late_retry_waits_parked_and_is_queued_before_it_begins() -> None:
    first, _ = attempts(
        [
            entry(1, "PROCESSING", attempt=1),
            entry(2, "PARKED", attempt=1, error=ERROR, retryDelaySeconds=30),
            entry(32, "PENDING"),
            entry(33, "QUEUED"),
            entry(34, "PROCESSING", attempt=2),
        ]
    )
    assert (first.took, first.delay_asked, first.delay_observed) == (1, 30, 32)


def test_a_lost_attempt_has_no_end() -> None:
    lost, following = attempts(
        [entry(1, "PROCESSING", attempt=1, error=ERROR), entry(9, "PROCESSING", attempt=2)]
    )
    assert (lost.took, lost.outcome, lost.error) == (None, "lost: it never reported back", ERROR)
    assert following.outcome == "running"


def test_attempts_that_a_circuit_did_not_let_through_are_one_row() -> None:
    circuit = {"circuit": "a.example"}
    history = [entry(0, "PENDING")]
    for second in (1, 11, 21):
        history += [
            entry(second, "PROCESSING"),
            entry(second + 1, "PARKED", **circuit),
            entry(second + 9, "PENDING"),
        ]
    merged, made = attempts([*history, entry(31, "PROCESSING", attempt=1)])
    assert (merged.number, merged.times) == (None, 3)
    assert merged.outcome == "not made: the circuit of a.example is open"
    assert (made.number, made.times) == (1, 1)


def test_generations_are_lanes() -> None:
    history = [
        entry(1, "PROCESSING", attempt=1),
        entry(2, "DEAD_LETTERED", attempt=1, error=ERROR),
        entry(30, "PENDING", generation=1),
        entry(31, "PROCESSING", attempt=1),
    ]
    first, second = attempts(history)
    assert (first.generation, first.delay_observed, second.generation) == (0, None, 1)
    assert [len(lane) for lane in lanes(history)] == [2, 2]
    assert lanes([]) == []
    assert attempts([]) == []
