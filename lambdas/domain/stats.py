"""Statistics of a stage, as the API returns them."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.open_circuit import OpenCircuit
from lambdas.domain.pause import PausedKind
from lambdas.domain.serialization import JsonModel, Timestamp

# Maximum number of dead letters that are examined, beginning with the most recently submitted.
MAX_DEAD_LETTERS = 2_000
MAX_REASONS = 20

_MADE_HERE = ConfigDict(validate_by_name=True)


class Window(StrEnum):
    """Time window, up to now, in which dead letters are counted."""

    QUARTER = "15m"
    HOUR = "1h"
    DAY = "24h"

    @property
    def length(self) -> timedelta:
        """The window's duration: 15 minutes, an hour or a day."""
        return {Window.QUARTER: timedelta(minutes=15), Window.HOUR: timedelta(hours=1)}.get(
            self, timedelta(days=1)
        )


class TaskCount(JsonModel):
    """A number of tasks: `{value, atLeast}`."""

    model_config = _MADE_HERE

    value: Annotated[int, Field(description="Number of tasks.")]
    at_least: Annotated[bool, Field(description="Whether there may be more, since counting stops at 10,000.")]


class ReasonGroup(JsonModel):
    """Number of dead letters whose error messages differ only in ids, times and numbers."""

    model_config = _MADE_HERE

    category: Annotated[Category, Field(description="Category of the errors.")]
    type: Annotated[str, Field(description="Name of the exception class.")]
    reason: Annotated[str, Field(description="Error message with placeholders for ids, times and numbers.")]
    count: Annotated[int, Field(description="Number of dead letters.")]


class RecentDeadLetters(JsonModel):
    """Dead letters within the window: `{total, byCategory, byReason, more}`."""

    model_config = _MADE_HERE

    total: Annotated[int, Field(description="Number of dead letters.")]
    by_category: Annotated[
        dict[Category, int], Field(description="Number of dead letters in each error category.")
    ]
    by_reason: Annotated[
        list[ReasonGroup], Field(description=f"The {MAX_REASONS} most frequent error messages.")
    ]
    more: Annotated[
        bool,
        Field(description=f"Whether there are more than the newest {MAX_DEAD_LETTERS} that were examined."),
    ]


class WaitingTask(JsonModel):
    """The oldest task that waits on the queue: `{taskId, submittedAt, seconds}`."""

    model_config = _MADE_HERE

    task_id: Annotated[str, Field(description="Id of the task.")]
    submitted_at: Annotated[Timestamp, Field(description="Time at which the task was accepted.")]
    seconds: Annotated[int, Field(description="Seconds since then.")]


class Stats(JsonModel):
    """Statistics of a stage: tasks by state, recent dead letters, open circuits and paused kinds."""

    model_config = _MADE_HERE

    window: Window
    since: Annotated[Timestamp, Field(description="Start of the window.")]
    until: Annotated[Timestamp, Field(description="End of the window.")]
    counts: Annotated[
        dict[Status, TaskCount],
        Field(description="Number of tasks in each state, whenever they were submitted."),
    ]
    dead_letters: RecentDeadLetters
    oldest_waiting: Annotated[
        WaitingTask | None,
        Field(description="The task that was submitted first of those that wait on the queue."),
    ] = None
    open_circuits: Annotated[list[OpenCircuit], Field(description="Circuits that are not closed.")]
    paused_kinds: Annotated[list[PausedKind], Field(description="Kinds of work that are paused.")]
