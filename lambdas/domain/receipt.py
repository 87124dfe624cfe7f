"""Receipts for submissions."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp


class Receipt(JsonModel):
    """Response to a submission: `{taskId, status, submittedAt}`."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[str, Field(description="Id of the task, given by the client or assigned.")]
    status: Annotated[Status, Field(description="Current state of the task.")]
    submitted_at: Annotated[Timestamp, Field(description="Time at which the task was first accepted.")]
