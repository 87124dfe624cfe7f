"""Body of POST /batches."""

from pydantic import field_validator

from lambdas.domain import batch
from lambdas.domain.batch import BatchCallback
from lambdas.submit_task.callback_url import check_callback_url


class NewBatch(batch.NewBatch):
    """Batch of tasks to submit together."""

    @field_validator("callback")
    @classmethod
    def _can_be_called(cls, callback: BatchCallback | None) -> BatchCallback | None:
        if callback is not None:
            check_callback_url(callback.url)
        return callback
