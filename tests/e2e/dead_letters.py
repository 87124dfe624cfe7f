"""Dead letters with a given reason, and reports on them."""

import random
import string
from datetime import datetime
from typing import Any

from lambdas.domain.serialization import rfc3339
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, Task


def word() -> str:
    """Return a random word of letters only, which a report does not take for an id in a reason."""
    return "".join(random.choices(string.ascii_lowercase, k=20))


def report(stack: Stack, since: datetime | str, **more: Any) -> dict[str, Any]:
    since = since if isinstance(since, str) else rfc3339(since)
    return dict(stack.invoke("monitor_dlq", {"report": {"since": since, **more}}))


def refused(stack: Stack, sink: Sink, reason: str, *, payload: dict[str, Any] | None = None) -> Task:
    """Submit a task that is dead-lettered with `reason` in its error message, and return it."""
    sink.answer(302, location=f"https://a.example/{reason}")
    task = stack.ended(stack.accepted(type="http.request", payload={"url": sink.url, **(payload or {})}))
    assert task["status"] == "DEAD_LETTERED"
    assert reason in task["error"]["message"]
    return task
