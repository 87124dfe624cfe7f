"""Analysis of a dead letter: how its attempts failed, and how long it spent in each state."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from lambdas.domain.errors import LOST_ATTEMPT, Category, TaskError
from lambdas.domain.history import HistoryEntry
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import STORED, JsonModel, Timestamp


class Outcome(StrEnum):
    """Pattern in the failures of a dead letter; the first member that applies is used."""

    NEVER_ATTEMPTED = "NEVER_ATTEMPTED"
    LOST_ATTEMPTS = "LOST_ATTEMPTS"  # at least one attempt never reported its outcome
    ONE_ATTEMPT = "ONE_ATTEMPT"
    SAME_ERROR = "SAME_ERROR"  # the same category and type each time
    DIFFERENT_ERRORS = "DIFFERENT_ERRORS"


class RetryPattern(JsonModel):
    """Pattern of a task's attempts: `{outcome, delaySeconds}`."""

    model_config = STORED

    outcome: Annotated[Outcome, Field(description="The pattern in the failures.")]
    delay_seconds: Annotated[
        list[float],
        Field(
            description="Seconds from the end of each attempt, or the start of a lost one, to the start of "
            "the next."
        ),
    ]


class Analysis(JsonModel):
    """Analysis of the last generation of a dead letter.

    As JSON `{category, attempts, retryPattern, firstFailureAt, lastFailureAt, secondsIn, omitted?}`. A lost
    attempt counts as failed at the time the loss was noticed. For a task that was never attempted, both
    failure times are the time it was given up.
    """

    model_config = STORED

    category: Annotated[Category, Field(description="Category of the error for which the task was given up.")]
    attempts: Annotated[int, Field(description="Number of attempts.")]
    retry_pattern: Annotated[RetryPattern, Field(description="Pattern of the attempts.")]
    first_failure_at: Annotated[Timestamp, Field(description="Time of the first failure.")]
    last_failure_at: Annotated[Timestamp, Field(description="Time of the last failure.")]
    seconds_in: Annotated[
        dict[Status, float],
        Field(description="Seconds spent in each state."),
    ]
    omitted: Annotated[
        int | None,
        Field(description="Number of history entries that were dropped and could not be analysed."),
    ] = None


def analysis(history: Sequence[HistoryEntry], error: TaskError) -> Analysis:
    """Analyse a dead letter.

    Args:
        history: History of the dead letter with numbered attempts (`lambdas.domain.history.with_attempts`),
            which ends with DEAD_LETTERED.
        error: Error for which the task was given up.
    """
    entries = _last_generation(history)
    failures = _failures(entries)
    moments = [entry.at for entry, _ in failures] or [entries[-1].at]
    return Analysis(
        category=error.category,
        attempts=max((entry.attempt or 0 for entry in entries), default=0),
        retry_pattern=RetryPattern(
            outcome=_outcome([error for _, error in failures]), delay_seconds=_delays(entries)
        ),
        first_failure_at=moments[0],
        last_failure_at=moments[-1],
        seconds_in=_seconds_in(entries),
        omitted=sum(entry.omitted or 0 for entry in entries if entry.generation is None) or None,
    )


def _last_generation(history: Sequence[HistoryEntry]) -> Sequence[HistoryEntry]:
    """Return the entries of the last generation that are still kept."""
    begins = max(
        (index for index, entry in enumerate(history) if entry.generation is not None or entry.omitted),
        default=0,
    )
    return history[begins:]


def _failures(entries: Sequence[HistoryEntry]) -> list[tuple[HistoryEntry, TaskError]]:
    """Return the error of each failed attempt, with the history entry that reports it."""
    found: dict[int, tuple[HistoryEntry, TaskError]] = {}
    for entry, following in zip(entries, [*entries[1:], entries[-1]], strict=True):
        if entry.attempt is not None and entry.error is not None:
            # The error of a lost attempt is recorded where the attempt began; the loss was noticed with the
            # next entry.
            reported = following if entry.status is Status.PROCESSING else entry
            found.setdefault(entry.attempt, (reported, entry.error))
    return list(found.values())


def _outcome(errors: Sequence[TaskError]) -> Outcome:
    kinds = {(error.category, error.type) for error in errors}
    if not errors:
        return Outcome.NEVER_ATTEMPTED
    if LOST_ATTEMPT.type in {error.type for error in errors}:
        return Outcome.LOST_ATTEMPTS
    if len(errors) == 1:
        return Outcome.ONE_ATTEMPT
    return Outcome.SAME_ERROR if len(kinds) == 1 else Outcome.DIFFERENT_ERRORS


def _delays(entries: Sequence[HistoryEntry]) -> list[float]:
    """Return the seconds between consecutive attempts, skipping attempts that do not count."""
    delays = []
    ended_at: datetime | None = None
    for entry, following in pairwise(entries):
        if entry.status is Status.PROCESSING and entry.attempt is not None:
            if ended_at is not None:
                delays.append(_seconds(ended_at, entry.at))
            ended_at = entry.at if entry.error is not None else following.at
    return delays


def _seconds_in(entries: Sequence[HistoryEntry]) -> dict[Status, float]:
    """Return the seconds spent in each state, without the time since the last entry."""
    found: dict[Status, float] = defaultdict(float)
    for entry, following in pairwise(entries):
        found[entry.status] += _seconds(entry.at, following.at)
    return {status: round(seconds, 3) for status, seconds in found.items()}


def _seconds(earlier: datetime, later: datetime) -> float:
    """Return the seconds between two times, rounded to milliseconds; 0 if clock skew has reversed them."""
    return max(0.0, round((later - earlier).total_seconds(), 3))
