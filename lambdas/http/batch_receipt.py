"""The receipt for a batch."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.http.problems import Problem


class BatchResult(JsonModel):
    """What became of one submission: `{taskId?, status, state?, problem?}`."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[str | None, Field(description="The task; absent if the submission names none.")] = None
    status: Annotated[
        int,
        Field(description="As `POST /tasks` is answered: 202, 200, or the status of the problem."),
    ]
    state: Annotated[Status | None, Field(description="The task's state, if it was accepted.")] = None
    problem: Annotated[Problem | None, Field(description="Why it was refused, or not yet queued.")] = None


class BatchReceipt(JsonModel):
    """The answer to a batch: `{batchId, results}`, a result for each submission in their order."""

    model_config = ConfigDict(validate_by_name=True)

    batch_id: Annotated[str, Field(description="The one that was given, or made up.")]
    results: Annotated[list[BatchResult], Field(description="What became of each submission.")]
