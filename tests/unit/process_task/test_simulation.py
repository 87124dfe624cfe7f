"""Simulated failures."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.process_task.simulation import Simulator


@pytest.mark.parametrize(
    ("simulate", "allowed", "is_lost"),
    [
        ({"crash": True}, True, True),
        ({"hang": True}, True, True),
        ({"crash": True, "failures": 1}, True, True),
        ({"crash": True, "failures": 0}, True, False),
        ({"error": "NETWORK"}, True, False),
        (None, True, False),
        ({"crash": True}, False, False),
    ],
)
def test_crashes_and_hangs_lose_the_attempts_that_they_hit(
    simulate: dict[str, Any] | None, allowed: bool, is_lost: bool
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    submission = Submission.model_validate({"payload": {}, "simulate": simulate})
    task = accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=at)
    simulator = Simulator(allowed=allowed, failure_rate=lambda: 0.0, random=lambda: 0.5)
    assert simulator.loses(task.model_copy(update={"attempts": 1})) is is_lost
