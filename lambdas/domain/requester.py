"""The client that requested a change, as recorded in a task's history."""

from typing import Annotated

from pydantic import Field

from lambdas.domain.serialization import STORED, JsonModel


class Requester(JsonModel):
    """The client of a request: `{apiKeyId?, principal?, sourceAddress?}`.

    Only the id of an API key is recorded, never its value; `faultline keys list` shows which key has an id.
    """

    model_config = STORED

    api_key_id: Annotated[str | None, Field(description="Id of the client's API key.")] = None
    principal: Annotated[
        str | None, Field(description="ARN of the IAM principal of an operator's command.")
    ] = None
    source_address: Annotated[str | None, Field(description="IP address from which the request came.")] = None
