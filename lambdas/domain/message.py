"""Messages on the queues, which only identify a task; all other data is in the table."""

from typing import Annotated

from pydantic import Field, StrictInt, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.errors import TaskError
from lambdas.domain.serialization import STORED, JsonModel
from lambdas.domain.submission import TaskId


class NotATask(ValueError):
    """The message does not belong to a task; the text says why."""


class TaskMessage(JsonModel):
    """Message about a task: `{taskId, type?, generation, correlationId, predecessor?, error?}`.

    Attributes:
        task_id: Id of the task.
        type: Its kind of work; None in messages from earlier versions.
        generation: The generation to process.
        correlation_id: Correlation id of the task's submission.
        predecessor: Place of the task's predecessor in its lane (`lambdas.store.lanes`); None if it has none.
        error: Error for which the task was given up; only on the dead-letter queue.
    """

    model_config = STORED

    task_id: TaskId
    type: str | None = None
    generation: Annotated[StrictInt, Field(ge=0)]
    correlation_id: str
    predecessor: Annotated[str, Field(max_length=160, pattern=r"^[A-Za-z0-9_.:-]+:[0-9]{1,9}$")] | None = None
    error: TaskError | None = None

    def to_body(self) -> str:
        """Serialize the message to the body of an SQS message, in ASCII, as SQS refuses some characters.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        """
        return strict_json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True), ascii=True)

    @classmethod
    def from_body(cls, body: str) -> "TaskMessage":
        """Parse the body of an SQS message.

        Raises:
            NotATask: The body is not JSON, or not of this shape.
        """
        try:
            return cls.model_validate(strict_json.loads(body), by_alias=True, by_name=False)
        except strict_json.InvalidJson as error:
            raise NotATask(f"not JSON: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise NotATask(f"not a task: {where}: {first['msg']}") from error
