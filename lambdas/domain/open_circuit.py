"""Circuits that are not closed, as the API describes them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.serialization import JsonModel, Timestamp


class OpenCircuit(JsonModel):
    """A circuit that is open or lets one call through: `{name, state, openedAt?, byHand?, reason?}`."""

    model_config = ConfigDict(validate_by_name=True)

    name: Annotated[str, Field(description="What it guards, such as a host.")]
    state: Annotated[str, Field(description="`OPEN`, or `HALF_OPEN` while it lets one call through.")]
    opened_at: Annotated[Timestamp | None, Field(description="When it opened.")] = None
    by_hand: Annotated[bool | None, Field(description="Whether an operator holds it open.")] = None
    reason: Annotated[str | None, Field(description="Why an operator holds it open.")] = None
