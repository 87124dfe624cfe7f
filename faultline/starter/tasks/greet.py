"""Example of a kind of work: a function and a model of its payload."""

from faultline.work import Context, InvalidWork, Payload, kind


class Greet(Payload):
    """Payload of the kind `greet`."""

    name: str


@kind("greet", timeout=20)
def greet(payload: Greet, context: Context) -> dict[str, str]:
    """Greet somebody.

    An attempt may be repeated: pass `context.idempotency_key` to the systems you call, so that effects happen
    once.
    """
    if not payload.name.strip():
        raise InvalidWork("name must not be blank")  # permanent; other errors are retried
    return {"greeting": f"Hello, {payload.name}!", "doneOnceUnder": context.idempotency_key}
