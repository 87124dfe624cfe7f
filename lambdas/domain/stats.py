"""Statistics of a stage, as the API answers them."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.open_circuit import OpenCircuit
from lambdas.domain.pause import PausedKind
from lambdas.domain.serialization import JsonModel, Timestamp

# Only this many of the most recently submitted dead letters are examined.
MAX_DEAD_LETTERS = 2_000
MAX_REASONS = 20

_MADE_HERE = ConfigDict(validate_by_name=True)


class Window(StrEnum):
    """How far back dead letters are counted."""

    QUARTER = "15m"
    HOUR = "1h"
    DAY = "24h"

    @property
    def length(self) -> timedelta:
        """The length of the window."""
        return {Window.QUARTER: timedelta(minutes=15), Window.HOUR: timedelta(hours=1)}.get(
            self, timedelta(days=1)
        )


class Number(JsonModel):
    """A number of tasks: `{value, atLeast}`."""

    model_config = _MADE_HERE

    value: Annotated[int, Field(description="How many there are.")]
    at_least: Annotated[bool, Field(description="Whether there may be more: counting ends at 10,000.")]


class ReasonGroup(JsonModel):
    """How many dead letters died of errors that differ only in their numbers and ids."""

    model_config = _MADE_HERE

    category: Annotated[Category, Field(description="Of their errors.")]
    type: Annotated[str, Field(description="The name of the exception.")]
    reason: Annotated[str, Field(description="The message without its numbers and ids.")]
    count: Annotated[int, Field(description="How many there are.")]


class Deaths(JsonModel):
    """Dead letters of the window: `{total, byCategory, byReason, more}`."""

    model_config = _MADE_HERE

    total: Annotated[int, Field(description="How many there are.")]
    by_category: Annotated[dict[Category, int], Field(description="How many of each category.")]
    by_reason: Annotated[list[ReasonGroup], Field(description=f"The {MAX_REASONS} most frequent reasons.")]
    more: Annotated[
        bool,
        Field(description=f"Whether only the newest {MAX_DEAD_LETTERS} dead letters were looked at."),
    ]


class WaitingTask(JsonModel):
    """The oldest task that waits for an attempt: `{taskId, submittedAt, seconds}`."""

    model_config = _MADE_HERE

    task_id: Annotated[str, Field(description="The task.")]
    submitted_at: Annotated[Timestamp, Field(description="When it was accepted.")]
    seconds: Annotated[int, Field(description="Since its submission.")]


class Stats(JsonModel):
    """Statistics of a stage: what there is, what has died, what waits, what is down and what is paused."""

    model_config = _MADE_HERE

    window: Window
    since: Annotated[Timestamp, Field(description="Where the window begins.")]
    until: Annotated[Timestamp, Field(description="Where it ends.")]
    counts: Annotated[dict[Status, Number], Field(description="All tasks by state, also older ones.")]
    dead_letters: Deaths
    oldest_waiting: Annotated[
        WaitingTask | None, Field(description="The task that has waited longest for an attempt.")
    ] = None
    open_circuits: Annotated[list[OpenCircuit], Field(description="The circuits that are not closed.")]
    paused_kinds: Annotated[list[PausedKind], Field(description="The kinds of work that are paused.")]
