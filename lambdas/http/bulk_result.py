"""Responses to bulk calls."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import TaskSummary
from lambdas.http.problems import ApiError, FieldError
from lambdas.http.task_selection import Filter

MAX_COUNTED = 10_000
"""Maximum number of index entries that a dry run visits; fewer if it must read the tasks themselves."""

# Maximum number of field errors per failed task, so that a response with 500 of them stays below a few
# hundred KB.
MAX_ERRORS = 5


_MADE_HERE = ConfigDict(validate_by_name=True)


class TaskProblem(JsonModel):
    """Problem with a single task, as a call for this task alone would report it."""

    type: Annotated[str, Field(description="Type of the problem, as in any other problem.")]
    title: Annotated[str, Field(description="Short summary of the type.")]
    status: Annotated[int, Field(description="HTTP status that a call for this task alone would return.")]
    detail: Annotated[str, Field(description="Human-readable explanation.")]
    errors: Annotated[list[FieldError], Field(description=f"Invalid fields, at most {MAX_ERRORS}.")]

    @classmethod
    def of(cls, error: ApiError) -> "TaskProblem":
        """Create the problem that describes an error."""
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

    task_id: Annotated[str, Field(description="Id of the task.")]
    problem: Annotated[TaskProblem, Field(description="Reason for which it could not be changed.")]


class BulkResult(JsonModel):
    """Outcome of a bulk call: `{matched, done, failed, more, filter, nextToken?, sample?}`."""

    model_config = _MADE_HERE

    matched: Annotated[
        int,
        Field(
            description="Number of tasks that matched. A dry run examines the first "
            f"{MAX_COUNTED:,}, or fewer; there may be others if there is `more`."
        ),
    ]
    done: Annotated[int, Field(description="Number of tasks that were changed.")]
    failed: Annotated[
        list[FailedTask], Field(description="Tasks that could not be changed, with the reasons.")
    ]
    more: Annotated[
        bool,
        Field(
            description="Whether some tasks were not examined; if so, repeat the call with `nextToken`, "
            "unless it is a dry run."
        ),
    ]
    filter: Annotated[
        Filter, Field(description="The filter, including the time limit set by the first call.")
    ]
    next_token: Annotated[
        str | None, Field(description="Token for the next call, if there is more to do.")
    ] = None
    sample: Annotated[
        list[TaskSummary] | None, Field(description="A few of the matching tasks; only in a dry run.")
    ] = None
