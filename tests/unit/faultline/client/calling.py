"""A common interface to both clients, and example answers of the API."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from faultline.client import AsyncClient, Client, Retries
from lambdas.http.problems import ProblemType

SOON = Retries(maximum_attempts=3, initial_interval=0.001, maximum_interval=0.01)
AT = "2026-01-31T12:00:00.000Z"
SUMMARY = {
    "taskId": "t",
    "type": "echo",
    "status": "SUCCEEDED",
    "attempts": 1,
    "maxAttempts": 5,
    "generation": 0,
    "correlationId": "c",
    "submittedAt": AT,
    "updatedAt": AT,
}
TASK = {**SUMMARY, "payload": {"a": None}, "result": None, "history": [{"at": AT, "status": "SUCCEEDED"}]}
RECEIPT = {"taskId": "t", "status": "QUEUED", "submittedAt": AT}
NOT_FOUND = {
    "type": ProblemType.NOT_FOUND.uri,
    "title": "Not found",
    "status": 404,
    "detail": "There is no task t.",
    "requestId": "r",
    "errors": [{"field": "taskId", "message": "is none"}],
}

type Calls = Callable[[Any], Any]
type Calling = Callable[[Calls], Any]


def by_client(url: str, **options: Any) -> Calling:
    def call(make: Calls) -> Any:
        with Client(url, "key", retries=SOON, **options) as client:
            made = make(client)
            return list(made) if isinstance(made, Iterator) else made

    return call


def by_async_client(url: str, **options: Any) -> Calling:
    async def answer(make: Calls) -> Any:
        async with AsyncClient(url, "key", retries=SOON, **options) as client:
            made = make(client)
            return [each async for each in made] if hasattr(made, "__aiter__") else await made

    return lambda make: asyncio.run(answer(make))
