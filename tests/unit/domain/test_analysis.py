"""Analysis of a dead letter from its history."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.analysis import Analysis, Outcome, analysis
from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.history import HistoryEntry, shortened, with_attempts
from lambdas.domain.lifecycle import Status

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DOWN = TaskError.of(Category.SYSTEM, "SystemFailure", "down")
LATE = TaskError.of(Category.NETWORK, "NetworkFailure", "too late")
BAD = TaskError.of(Category.VALIDATION, "InvalidWork", "bad")

P, Q, W, R, D, K = (
    Status.PENDING,
    Status.QUEUED,
    Status.PROCESSING,
    Status.RETRYING,
    Status.DEAD_LETTERED,
    Status.PARKED,
)
type Step = tuple[float, Status] | tuple[float, Status, TaskError]


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def history(steps: Sequence[Step]) -> list[HistoryEntry]:
    """Return a history from steps whose times are seconds after noon."""
    return with_attempts(
        [
            HistoryEntry(at=at(second), status=status, error=error[0] if error else None)
            for second, status, *error in steps
        ]
    )


def analysed(*steps: Step) -> Analysis:
    entries = history(steps)
    assert entries[-1].error is not None
    return analysis(entries, entries[-1].error)


@pytest.mark.parametrize(
    ("steps", "outcome", "attempts", "delays", "first", "last"),
    [
        ([(0, P), (1, Q), (2, W), (3, R, DOWN), (5, W), (5.5, D, DOWN)], Outcome.SAME_ERROR, 2, [2], 3, 5.5),
        ([(0, P), (2, W), (3, R, LATE), (5, W), (6, D, DOWN)], Outcome.DIFFERENT_ERRORS, 2, [2], 3, 6),
        ([(0, P), (2, W), (2.25, D, BAD)], Outcome.ONE_ATTEMPT, 1, [], 2.25, 2.25),
        ([(0, P), (1, Q), (9, D, DOWN)], Outcome.NEVER_ATTEMPTED, 0, [], 9, 9),
        ([(0, D, BAD)], Outcome.NEVER_ATTEMPTED, 0, [], 0, 0),
        # A lost attempt is noticed when the next one begins; its real end is unknown.
        ([(0, W), (180, W), (181, R, DOWN), (183, W), (184, D, DOWN)],
         Outcome.LOST_ATTEMPTS, 3, [180, 2], 180, 184),
        ([(0, W), (1, R, DOWN), (2, W), (190, D, LOST_ATTEMPT)], Outcome.LOST_ATTEMPTS, 2, [1], 1, 190),
        # The message had no receives left, so the last error was recorded as the cause of death.
        ([(0, P), (1, W), (2, R, DOWN), (8, D, DOWN)], Outcome.ONE_ATTEMPT, 1, [], 2, 2),
        # The clocks of two functions differ: no duration is negative.
        ([(0, P), (2, W), (3, R, DOWN), (2.9, W), (3.5, D, DOWN)], Outcome.SAME_ERROR, 2, [0], 3, 3.5),
    ],
)  # fmt: skip
def test_how_a_task_died(
    steps: list[Step], outcome: Outcome, attempts: int, delays: list[float], first: float, last: float
) -> None:
    """An analysis has the attempts, their outcome, the delays, and the first and last failure."""
    found = analysed(*steps)
    assert found.retry_pattern.outcome is outcome
    assert found.attempts == attempts
    assert found.retry_pattern.delay_seconds == delays
    assert (found.first_failure_at, found.last_failure_at) == (at(first), at(last))
    assert found.category is history(steps)[-1].error.category  # type: ignore[union-attr]
    assert found.omitted is None


def test_the_time_in_each_state() -> None:
    """The seconds in each state are summed over its visits, to the millisecond; end states are left out."""
    found = analysed((0, P), (0.1, Q), (0.25, W), (1.2504, R, DOWN), (3, W), (3.5, D, DOWN))
    assert found.seconds_in == {P: 0.1, Q: 0.15, W: 1.5, R: 1.75}


def test_a_turn_given_back_by_a_circuit_is_no_attempt() -> None:
    """A claim parked by an open circuit counts as delay before the next attempt, not as an attempt."""
    steps = history([(0, P), (1, W), (2, R, DOWN), (4, W), (5, K), (9, P), (10, W), (11, D, DOWN)])
    steps[4] = steps[4].model_copy(update={"circuit": "api.example.com"})
    found = analysis(with_attempts([step.model_copy(update={"attempt": None}) for step in steps]), DOWN)
    assert (found.attempts, found.retry_pattern.delay_seconds) == (2, [8])
    assert found.seconds_in == {P: 2, W: 3, R: 2, K: 4}


def test_only_the_last_generation_counts() -> None:
    """Only the steps since the last redrive are analysed."""
    before = history([(0, P), (1, W), (2, R, LATE), (3, W), (4, D, LATE)])
    begun = HistoryEntry(at=at(100), status=P, generation=1)
    after = [HistoryEntry(at=at(101), status=W), HistoryEntry(at=at(102), status=D, error=DOWN)]
    found = analysis(with_attempts([*before, begun, *after]), DOWN)
    assert (found.attempts, found.retry_pattern.outcome) == (1, Outcome.ONE_ATTEMPT)
    assert found.first_failure_at == at(102)
    assert found.seconds_in == {P: 1, W: 1}


def test_a_history_that_was_shortened_says_so() -> None:
    """The remaining steps of a shortened history are analysed; the gap counts as time in no state."""
    long = TaskError.of(Category.SYSTEM, "Down", "\N{FIRE}" * 2000)
    steps: list[Step] = [(0, P), *((n, *((R, long) if n % 2 else (W,))) for n in range(2, 202))]
    short = shortened(history(steps))
    assert short is not None
    found = analysis(with_attempts([*short, HistoryEntry(at=at(300), status=D, error=long)]), long)
    assert (found.attempts, found.retry_pattern.outcome) == (100, Outcome.SAME_ERROR)
    assert found.omitted == short[1].omitted
    assert P not in found.seconds_in
    assert found.first_failure_at > at(100)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.sampled_from(Status), st.sampled_from([DOWN, LATE, LOST_ATTEMPT]))
    )
)
def test_any_history_can_be_analysed(steps: list[tuple[float, Status, TaskError]]) -> None:
    """The analysis of any history has no negative time, and survives storage."""
    found = analysed(*steps, (0, D, DOWN))
    assert all(seconds >= 0 for seconds in [*found.seconds_in.values(), *found.retry_pattern.delay_seconds])
    stored = found.model_dump(mode="json", by_alias=True, exclude_none=True)
    # Times are shown in whole milliseconds.
    assert Analysis.model_validate(stored).model_dump(mode="json") == found.model_dump(mode="json")
    assert stored["category"] == "SYSTEM"
