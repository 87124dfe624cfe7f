"""A task's history: numbered attempts, lost attempts, and a bounded length."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain import strict_json
from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.history import MAX_HISTORY_BYTES, HistoryEntry, Wait, shortened, with_attempts
from lambdas.domain.lifecycle import Status

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FAILURE = TaskError.of(Category.NETWORK, "Timeout", "too late")

P, Q, W, R, S, D, K = (
    Status.PENDING,
    Status.QUEUED,
    Status.PROCESSING,
    Status.RETRYING,
    Status.SUCCEEDED,
    Status.DEAD_LETTERED,
    Status.PARKED,
)


def entries(statuses: Sequence[Status]) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            at=NOON + timedelta(seconds=second), status=status, error=FAILURE if status is R else None
        )
        for second, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "attempts"),
    [
        ([P], [None]),
        ([P, Q, W, S], [None, None, 1, 1]),
        ([P, W, S], [None, 1, 1]),
        ([P, Q, W, R, W, S], [None, None, 1, 1, 2, 2]),
        ([P, Q, W, R, W, R, W, D], [None, None, 1, 1, 2, 2, 3, 3]),
        ([P, Q, W, W, S], [None, None, 1, 2, 2]),
        ([P, Q, D], [None, None, None]),
        ([P, Q, W, R, K, P, Q, W, S], [None, None, 1, 1, None, None, None, 2, 2]),  # waited for its turn
    ],
    ids=lambda value: "-".join(str(each)[:2] for each in value),
)
def test_entries_are_numbered_by_the_attempt_that_they_belong_to(
    statuses: list[Status], attempts: list[int | None]
) -> None:
    """PROCESSING and the outcome that follows have the attempt's number; other entries have none."""
    assert [entry.attempt for entry in with_attempts(entries(statuses))] == attempts


@pytest.mark.parametrize(
    ("statuses", "lost"),
    [
        ([P, Q, W], []),  # still at work
        ([P, Q, W, W], [2]),
        ([P, Q, W, W, W, D], [2, 3]),  # the last one's error is in the D
        ([P, Q, W, R, W, W, S], [4]),
        ([P, Q, W, R, W, S], []),
        ([P, Q, W, K, P, Q, W, S], [2]),  # found lost when its message came, behind others
    ],
    ids=lambda value: "-".join(str(each)[:2] for each in value),
)
def test_an_attempt_that_another_followed_without_a_word_was_lost(
    statuses: list[Status], lost: list[int]
) -> None:
    """An attempt without an outcome before another attempt or a wait is marked as lost."""
    shown = with_attempts(entries(statuses))
    assert [place for place, entry in enumerate(shown) if entry.error == LOST_ATTEMPT] == lost


def test_a_failed_attempt_may_be_followed_by_a_wait_without_a_message() -> None:
    """A failed attempt that is parked until its retry keeps its error, and is not marked as lost."""
    later = HistoryEntry(at=NOON, status=K, error=FAILURE, retry_delay_seconds=90)
    shown = with_attempts([*entries([P, Q, W]), later, *entries([P, Q, W])])
    assert [entry.attempt for entry in shown] == [None, None, 1, 1, None, None, 2]
    assert [entry.error for entry in shown] == [None, None, None, FAILURE, None, None, None]
    assert (later.waits_for, later.retry_at) == (Wait.RETRY, NOON + timedelta(seconds=90))


def test_a_lost_attempt_may_be_followed_by_a_wait_without_a_message() -> None:
    """An attempt without an outcome before a wait for a retry is marked as lost."""
    waits = HistoryEntry(at=NOON, status=K, retry_delay_seconds=0)
    shown = with_attempts([*entries([P, Q, W]), waits, *entries([P, W])])
    assert [entry.attempt for entry in shown] == [None, None, 1, None, None, 2]
    assert shown[2].error == LOST_ATTEMPT


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=12))
def test_numbering_changes_nothing_else_and_may_be_repeated(statuses: list[Status]) -> None:
    """Numbering keeps the times, states and recorded errors of any history, and is idempotent."""
    stored = entries(statuses)
    shown = with_attempts(stored)
    assert [(entry.at, entry.status) for entry in shown] == [(entry.at, entry.status) for entry in stored]
    assert [entry.error for entry in shown if entry.status is R] == [FAILURE] * statuses.count(R)
    assert with_attempts(shown) == shown


def test_an_attempt_that_an_open_circuit_gave_back_does_not_count() -> None:
    """A claim parked by an open circuit used no attempt and has no number: the next one gets it."""
    history = entries([P, Q, W, R, W, K, P, Q, W, S])
    history[5] = history[5].model_copy(update={"circuit": "api.example.com"})
    assert [entry.attempt for entry in with_attempts(history)] == [
        None, None, 1, 1, None, None, None, None, 2, 2
    ]  # fmt: skip


def test_a_redriven_tasks_attempts_count_anew() -> None:
    """Each generation numbers its attempts from 1."""
    history = entries([P, Q, W, D, P, Q, W, S])
    history[4] = history[4].model_copy(update={"generation": 1})
    assert [entry.attempt for entry in with_attempts(history)] == [None, None, 1, 1, None, None, 1, 1]


def grown(rounds: int, history: list[HistoryEntry]) -> list[HistoryEntry]:
    """Build a history as the table does, shortened at each step, with errors of the maximum length."""
    error = TaskError.of(Category.SYSTEM, "Down", "\N{FIRE}" * 2000)
    for n in range(rounds):
        step = HistoryEntry(
            at=NOON + timedelta(minutes=n),
            status=(W, R)[n % 2],
            error=error if n % 2 else None,
            retry_delay_seconds=9 if n % 2 else None,
        )
        history = with_attempts(shortened([*with_attempts(history), step]) or [*history, step])
    return history


def test_a_history_does_not_grow_without_end() -> None:
    """A long history is bounded, and keeps its first step, its last steps and their numbers."""
    history = grown(400, entries([P, Q]))
    size = sum(
        len(strict_json.dumps(entry.model_dump(mode="json", by_alias=True, exclude_none=True)).encode())
        for entry in history
    )
    assert size < MAX_HISTORY_BYTES + 5000
    assert history[0] == entries([P])[0]
    assert (history[-1].status, history[-1].attempt) == (R, 200)
    omitted = [entry.omitted for entry in history if entry.omitted]
    assert len(omitted) == 1
    assert omitted[0] + len(history) == 402


@pytest.mark.parametrize("rounds", [60, 61, 400])
def test_the_beginning_of_the_generation_is_kept(rounds: int) -> None:
    """A long history keeps the last redrive, and counts the entries dropped before and after it."""
    redrives = [entries([P])[0].model_copy(update={"generation": number}) for number in (1, 2)]
    history = grown(rounds, [*entries([P, W, D]), redrives[0], *entries([W, D]), redrives[1]])
    begun = [(index, entry) for index, entry in enumerate(history) if entry.generation is not None]
    assert [(index, entry.generation, entry.omitted) for index, entry in begun] == [(1, 2, 5)]
    assert sum(entry.omitted or 0 for entry in history) + len(history) == rounds + 7
    assert history[-1].attempt == (rounds + 1) // 2


def test_a_short_history_is_left_alone() -> None:
    """A history within the limit is not shortened."""
    assert shortened(entries([P, Q, W, R, W, S])) is None
