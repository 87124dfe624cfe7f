"""The receipt for a submission."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp


class Receipt(JsonModel):
    """The answer to a submission: `{taskId, status, submittedAt}`."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: Annotated[str, Field(description="The one that was given, or made up.")]
    status: Annotated[Status, Field(description="What has become of the task.")]
    submitted_at: Annotated[Timestamp, Field(description="When it was accepted first.")]
