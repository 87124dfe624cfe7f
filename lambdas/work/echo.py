"""Kind of work `echo`, which returns its payload; used in demonstrations."""

from pydantic import ConfigDict, JsonValue

from lambdas.work.registry import Payload, WorkContext, kind


class Echo(Payload):
    """Payload of `echo`: any JSON object."""

    model_config = ConfigDict(extra="allow")


@kind("echo", timeout=1)
def echo(payload: Echo, context: WorkContext) -> JsonValue:
    """Return the payload."""
    return payload.model_dump(mode="json", by_alias=True)
