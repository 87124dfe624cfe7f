"""A kind of work: a model of its payload, and a function."""

from faultline.work import Context, InvalidWork, Payload, kind


class Greet(Payload):
    """The payload, as `POST /tasks` takes it."""

    name: str


@kind("greet", timeout=20)
def greet(payload: Greet, context: Context) -> dict[str, str]:
    """Greet somebody.

    It may be done twice: pass `context.idempotency_key` on to whatever you call, so that effects happen once.
    """
    if not payload.name.strip():
        raise InvalidWork("name must not be blank")  # permanent; other errors are retried
    return {"greeting": f"Hello, {payload.name}!", "doneOnceUnder": context.idempotency_key}
