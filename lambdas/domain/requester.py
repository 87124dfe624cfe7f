"""The client that asked for a change of a task, as the history keeps it."""

from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import STORED, JsonModel


class Requester(JsonModel):
    """The client of a request: `{apiKeyId?, principal?, sourceAddress?}`.

    The value of an API key is never kept; `faultline keys list` shows the key of an id.
    """

    model_config = STORED

    api_key_id: Annotated[str | None, Field(description="Id of the API key.")] = None
    principal: Annotated[str | None, Field(description="ARN of the IAM principal that signed it.")] = None
    source_address: Annotated[str | None, Field(description="Where it came from.")] = None
