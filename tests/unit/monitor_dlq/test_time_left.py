"""Batches of dead letters whose examination takes longer than the function may run."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.monitor_dlq import handler as module


class Context(LambdaContext):
    """The context of an invocation with some seconds left."""

    function_name = "monitor-dlq"
    function_version = memory_limit_in_mb = invoked_function_arn = aws_request_id = "1"  # type: ignore[assignment]

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # which is static in Powertools
        return round(1000 * self.seconds)


@dataclass
class SlowMonitor:
    """A monitor whose alerts take some seconds each."""

    context: Context
    seconds: float
    examined: list[str] = field(default_factory=list)

    def examine(self, body: str, message_id: str) -> None:
        self.examined.append(message_id)
        self.context.seconds -= self.seconds


def record(number: int) -> dict[str, Any]:
    attributes = {"MessageGroupId": f"group-{number}"}
    return {"messageId": str(number), "body": "{}", "attributes": attributes, "eventSource": "aws:sqs"}


@pytest.mark.parametrize(
    ("timeout", "seconds", "examined"), [(30, 9, 3), (30, 1, 10), (6, 1.5, 3), (0.5, 1, 1)]
)
def test_dead_letters_without_enough_time_are_given_back(
    monkeypatch: pytest.MonkeyPatch, timeout: float, seconds: float, examined: int
) -> None:
    """A batch is examined while time is left, at least its first message; the rest is delivered again."""
    context = Context(timeout)
    slow = SlowMonitor(context, seconds)
    monkeypatch.setattr(module, "monitor", lambda: slow)
    answer = module.handler({"Records": [record(number) for number in range(10)]}, context)
    assert slow.examined == [str(number) for number in range(examined)]
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": str(number)} for number in range(examined, 10)]
    }
