"""Pauses of kinds of work, as the API describes them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.requester import Requester
from lambdas.domain.serialization import JsonModel, Timestamp
from lambdas.domain.submission import KindName


class Pause(JsonModel):
    """A pause of a kind of work: `{since, reason?, by?}`."""

    model_config = ConfigDict(validate_by_name=True)

    since: Annotated[Timestamp, Field(description="Time at which the pause began.")]
    reason: Annotated[str | None, Field(description="Reason that the client gave.")] = None
    by: Annotated[Requester | None, Field(description="Client that last requested the pause.")] = None


class PausedKind(Pause):
    """A kind of work that is paused: `{name, since, reason?, by?}`."""

    name: Annotated[str, Field(description="Name of the kind of work.")]


class KindState(JsonModel):
    """State of a kind of work, with its pause if there is one: `{name, pause?}`."""

    model_config = ConfigDict(validate_by_name=True)

    name: KindName
    pause: Annotated[Pause | None, Field(description="The pause; absent unless the kind is paused.")] = None
