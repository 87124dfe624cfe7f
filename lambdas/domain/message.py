"""What travels on the queues: the name of a task, not the task. The table holds the rest."""

from typing import Annotated

from pydantic import Field, StrictInt, ValidationError

from lambdas.domain import strict_json
from lambdas.domain.errors import TaskError
from lambdas.domain.serialization import STORED, JsonModel
from lambdas.domain.submission import TaskId


class NotATask(ValueError):
    """A message that no submission has sent; the text says what is wrong with it."""


class TaskMessage(JsonModel):
    """`{taskId, generation, correlationId, predecessor?, error?}`; `error` on the dead-letter queue alone.

    Attributes:
        predecessor: the entry before it in its ordering key, as `lambdas.store.lanes` names it.
    """

    model_config = STORED

    task_id: TaskId
    generation: Annotated[StrictInt, Field(ge=0)]
    correlation_id: str
    predecessor: Annotated[str, Field(max_length=140, pattern=r"^[A-Za-z0-9_.:-]+:[0-9]{1,9}$")] | None = None
    error: TaskError | None = None

    def to_body(self) -> str:
        return strict_json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    @classmethod
    def from_body(cls, body: str) -> "TaskMessage":
        """Read a message's body.

        Raises:
            NotATask: the body is no JSON, or JSON of another shape.
        """
        try:
            return cls.model_validate(strict_json.loads(body), by_alias=True, by_name=False)
        except strict_json.InvalidJson as error:
            raise NotATask(f"not JSON: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise NotATask(f"not a task: {where}: {first['msg']}") from error
