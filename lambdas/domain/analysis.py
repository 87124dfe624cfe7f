"""What a dead letter's history says about how its task died."""

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
    """What the attempts of a dead letter have in common. The first that fits holds."""

    NEVER_ATTEMPTED = "NEVER_ATTEMPTED"
    LOST_ATTEMPTS = "LOST_ATTEMPTS"  # at least one never reported back
    ONE_ATTEMPT = "ONE_ATTEMPT"
    SAME_ERROR = "SAME_ERROR"  # of one category and one type, each time
    DIFFERENT_ERRORS = "DIFFERENT_ERRORS"


class RetryPattern(JsonModel):
    """`{outcome, delaySeconds}`."""

    model_config = STORED

    outcome: Annotated[Outcome, Field(description="What its attempts have in common.")]
    delay_seconds: Annotated[
        list[float],
        Field(
            description="Seconds from the end of each attempt to the beginning of the next; "
            "from the beginning of one that was lost."
        ),
    ]


class Analysis(JsonModel):
    """How a task died, of its last generation: `{category, attempts, retryPattern, firstFailureAt,
    lastFailureAt, secondsIn, omitted?}`.

    An attempt that was lost failed when that was noticed; a task that was never tried, when it was given up.
    """

    model_config = STORED

    category: Annotated[Category, Field(description="What it died of.")]
    attempts: int
    retry_pattern: RetryPattern
    first_failure_at: Timestamp
    last_failure_at: Timestamp
    seconds_in: Annotated[
        dict[Status, float],
        Field(description="How many seconds it was in each state that it was in."),
    ]
    omitted: Annotated[
        int | None, Field(description="How many steps of its history were not kept, and so not looked at.")
    ] = None


def analysis(history: Sequence[HistoryEntry], error: TaskError) -> Analysis:
    """Analyse a dead letter.

    Args:
        history: with numbered attempts (`lambdas.domain.history.with_attempts`), and its end the step
            DEAD_LETTERED.
        error: what it died of.
    """
    steps = _last_generation(history)
    failures = _failures(steps)
    moments = [step.at for step, _ in failures] or [steps[-1].at]
    return Analysis(
        category=error.category,
        attempts=max((step.attempt or 0 for step in steps), default=0),
        retry_pattern=RetryPattern(
            outcome=_outcome([error for _, error in failures]), delay_seconds=_delays(steps)
        ),
        first_failure_at=moments[0],
        last_failure_at=moments[-1],
        seconds_in=_seconds_in(steps),
        omitted=sum(step.omitted or 0 for step in steps if step.generation is None) or None,
    )


def _last_generation(history: Sequence[HistoryEntry]) -> Sequence[HistoryEntry]:
    """The steps of the last generation; where its beginning is no longer kept, those that are."""
    begins = max(
        (place for place, step in enumerate(history) if step.generation is not None or step.omitted),
        default=0,
    )
    return history[begins:]


def _failures(steps: Sequence[HistoryEntry]) -> list[tuple[HistoryEntry, TaskError]]:
    """For each attempt the step that tells that it failed, and why."""
    found: dict[int, tuple[HistoryEntry, TaskError]] = {}
    for step, following in zip(steps, [*steps[1:], steps[-1]], strict=True):
        if step.attempt is not None and step.error is not None:
            # A lost attempt has its error at its beginning; that it was lost the next step tells.
            tells = following if step.status is Status.PROCESSING else step
            found.setdefault(step.attempt, (tells, step.error))
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


def _delays(steps: Sequence[HistoryEntry]) -> list[float]:
    """Seconds until each attempt but the first; one that an open circuit gave back is none."""
    delays = []
    ended_at: datetime | None = None
    for step, following in pairwise(steps):
        if step.status is Status.PROCESSING and step.attempt is not None:
            if ended_at is not None:
                delays.append(_seconds(ended_at, step.at))
            ended_at = step.at if step.error is not None else following.at
    return delays


def _seconds_in(steps: Sequence[HistoryEntry]) -> dict[Status, float]:
    """Seconds in each state but the last."""
    found: dict[Status, float] = defaultdict(float)
    for step, following in pairwise(steps):
        found[step.status] += _seconds(step.at, following.at)
    return {status: round(seconds, 3) for status, seconds in found.items()}


def _seconds(earlier: datetime, later: datetime) -> float:
    """To the millisecond. Two functions' clocks may differ: then it is 0, not less."""
    return max(0.0, round((later - earlier).total_seconds(), 3))
