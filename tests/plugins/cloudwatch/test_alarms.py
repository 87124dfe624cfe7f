"""Evaluation of an alarm whose state is set meanwhile."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from localstack.services.cloudwatch.models import LocalStackMetricAlarm

from sandbox.services.cloudwatch import alarms
from sandbox.services.cloudwatch.watched import Watched


@pytest.mark.parametrize("is_set_meanwhile", [False, True])
def test_a_state_that_is_set_while_the_metrics_are_read_stays(
    monkeypatch: pytest.MonkeyPatch, is_set_meanwhile: bool
) -> None:
    settings: Any = {
        "AlarmName": "alarm",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Period": 60,
        "Threshold": 0.0,
    }
    alarm, written = LocalStackMetricAlarm("000000000000", "us-east-1", settings), list[str]()

    def read(*_: object) -> Watched:
        if is_set_meanwhile:
            by_hand: Any = {"StateValue": "OK", "StateReason": "a test"}
            alarm.alarm.update(by_hand | {"StateUpdatedTimestamp": datetime.now(UTC)})
        return Watched(points=[(0, None), (60, 1.0)], is_level=True, grows=True)

    class Client:
        class exceptions:  # noqa: N801 # as in boto3
            ResourceNotFound = KeyError

        def set_alarm_state(self, **state: str) -> None:
            written.append(state["StateValue"])

    monkeypatch.setattr(alarms, "watched", read)
    monkeypatch.setattr(alarms, "get_cloudwatch_client_for_region_of_alarm", lambda _: Client())
    alarms.evaluate(alarm, time.time())
    assert written == ([] if is_set_meanwhile else ["ALARM"])
