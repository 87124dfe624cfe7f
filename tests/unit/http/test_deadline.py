"""The time that is left for a response."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from lambdas.http.deadline import GATEWAY_SECONDS, seconds_left
from tests.unit.http.gateway import request


def left(**context: Any) -> float:
    """Return the seconds that a function sees as left."""
    app = APIGatewayRestResolver()
    found = list[float]()

    @app.get("/tasks")
    def read() -> dict[str, Any]:
        found.append(seconds_left(app))
        return {}

    event = request("GET", "/tasks")
    event["requestContext"] |= context
    lambda_context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
    app.resolve(event, lambda_context)
    return found[0]


def test_what_is_left_counts_from_the_request() -> None:
    """The start of an environment, before the function's own time begins, is a part of API Gateway's 29 s."""
    assert left(requestTimeEpoch=int((time.time() - 20) * 1000)) == pytest.approx(GATEWAY_SECONDS - 20, abs=5)
    assert left(requestTimeEpoch=int((time.time() + 3600) * 1000)) == left() == 30
