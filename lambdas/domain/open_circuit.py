"""Circuits that are not closed, as the API describes them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from lambdas.domain.serialization import JsonModel, Timestamp


class OpenCircuit(JsonModel):
    """A circuit that is open or half open: `{name, state, openedAt?, byHand?, reason?}`."""

    model_config = ConfigDict(validate_by_name=True)

    name: Annotated[str, Field(description="Name of the dependency that the circuit guards, such as a host.")]
    state: Annotated[str, Field(description="`OPEN`, or `HALF_OPEN` while one call probes the dependency.")]
    opened_at: Annotated[Timestamp | None, Field(description="Time at which it opened.")] = None
    by_hand: Annotated[bool | None, Field(description="Whether an operator holds it open.")] = None
    reason: Annotated[str | None, Field(description="Reason that the operator gave.")] = None
