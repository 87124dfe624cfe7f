"""The receipt for a submission."""

from pydantic import ConfigDict

from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp


class Receipt(JsonModel):
    """The answer to a submission: `{taskId, status, submittedAt}`."""

    model_config = ConfigDict(validate_by_name=True)

    task_id: str
    status: Status
    submitted_at: Timestamp
