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

# So many of the dead letters that were submitted last are looked at.
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
        """The time that it spans."""
        return {Window.QUARTER: timedelta(minutes=15), Window.HOUR: timedelta(hours=1)}.get(
            self, timedelta(days=1)
        )


class Number(JsonModel):
    """A number of tasks: `{value, atLeast}`."""

    model_config = _MADE_HERE

    value: int
    at_least: Annotated[bool, Field(description="Whether there may be more: counting ends at 10,000.")]


class ReasonGroup(JsonModel):
    """How many dead letters died of errors that differ only in their numbers and ids."""

    model_config = _MADE_HERE

    category: Category
    type: str
    reason: str
    count: int


class Deaths(JsonModel):
    """Dead letters of the window: `{total, byCategory, byReason, more}`."""

    model_config = _MADE_HERE

    total: int
    by_category: dict[Category, int]
    by_reason: Annotated[list[ReasonGroup], Field(description=f"The {MAX_REASONS} most frequent reasons.")]
    more: Annotated[
        bool,
        Field(description=f"Whether only the newest {MAX_DEAD_LETTERS} dead letters were looked at."),
    ]


class WaitingTask(JsonModel):
    """The oldest task that waits for an attempt: `{taskId, submittedAt, seconds}`."""

    model_config = _MADE_HERE

    task_id: str
    submitted_at: Timestamp
    seconds: Annotated[int, Field(description="Since its submission.")]


class Stats(JsonModel):
    """Statistics of a stage: what there is, what has died, what waits, what is down and what is paused."""

    model_config = _MADE_HERE

    window: Window
    since: Timestamp
    until: Timestamp
    counts: Annotated[dict[Status, Number], Field(description="All tasks by state, also older ones.")]
    dead_letters: Deaths
    oldest_waiting: WaitingTask | None = None
    open_circuits: list[OpenCircuit]
    paused_kinds: list[PausedKind]
