"""Receipts for batches."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.http.problems import Problem


class BatchResult(JsonModel):
    """Result of one submission of a batch: `{taskId?, status, state?, problem?}`."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[
        str | None, Field(description="Id of the task; absent if an invalid submission has none.")
    ] = None
    status: Annotated[
        int,
        Field(description="Status that `POST /tasks` would return: 202, 200, or that of the problem."),
    ]
    state: Annotated[Status | None, Field(description="State of the task, if it was accepted.")] = None
    problem: Annotated[
        Problem | None, Field(description="Reason for which it was refused or is not yet queued.")
    ] = None


class BatchReceipt(JsonModel):
    """Response to a batch: `{batchId, results}`, with one result per submission, in order."""

    model_config = ConfigDict(validate_by_name=True)

    batch_id: Annotated[str, Field(description="Id of the batch, given by the client or assigned.")]
    results: Annotated[list[BatchResult], Field(description="Results of the submissions, in order.")]
