"""The answer to a call that changes many tasks."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import TaskSummary
from lambdas.http.problems import ApiError, FieldError
from lambdas.http.task_selection import Filter

MAX_COUNTED = 10_000
"""A dry run counts so many tasks; it changes nothing and reads no more than the index."""

# Errors reported per failed task: a response with 500 failed tasks has at most a few hundred KB.
MAX_ERRORS = 5


_MADE_HERE = ConfigDict(validate_by_name=True)


class TaskProblem(JsonModel):
    """Why a task could not be changed, as a call for this task alone would be answered."""

    type: Annotated[str, Field(description="As that of any problem.")]
    title: Annotated[str, Field(description="The type in words.")]
    status: Annotated[int, Field(description="The HTTP status that a call would have.")]
    detail: Annotated[str, Field(description="What exactly is wrong, for people to read.")]
    errors: Annotated[list[FieldError], Field(description=f"The first {MAX_ERRORS}.")]

    @classmethod
    def of(cls, error: ApiError) -> "TaskProblem":
        """Return the problem of an error."""
        return cls(
            type=error.problem.uri,
            title=error.problem.title,
            status=error.problem.status,
            detail=error.detail,
            errors=error.errors[:MAX_ERRORS],
        )


class FailedTask(JsonModel):
    """A task that could not be changed: `{taskId, problem}`."""

    model_config = _MADE_HERE

    task_id: Annotated[str, Field(description="The task.")]
    problem: Annotated[TaskProblem, Field(description="Why it could not be changed.")]


class BulkAnswer(JsonModel):
    """Outcome of a bulk call: `{matched, done, failed, more, filter, nextToken?, sample?}`."""

    model_config = _MADE_HERE

    matched: Annotated[
        int,
        Field(description=f"How many tasks the filter applied to; a dry run counts {MAX_COUNTED:,} at most."),
    ]
    done: Annotated[int, Field(description="How many of them were changed.")]
    failed: Annotated[list[FailedTask], Field(description="Those that could not be changed, and why.")]
    more: Annotated[
        bool,
        Field(
            description="Whether tasks are left that were not looked at: repeat the call with `nextToken`."
        ),
    ]
    filter: Annotated[Filter, Field(description="The filter, with the time of the first call in it.")]
    next_token: Annotated[str | None, Field(description="For the next call, when there is more.")] = None
    sample: Annotated[list[TaskSummary] | None, Field(description="Of a dry run: a few tasks.")] = None
