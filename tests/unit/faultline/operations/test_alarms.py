"""Active alarms, with the parts of their descriptions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from faultline.operations.alarms import read_alarms
from infra.alarms.tasks import task_alarms
from infra.stages import stage

AT = datetime(2026, 1, 1, tzinfo=UTC)


class CloudWatch:
    """A CloudWatch client with some active alarms, and a paginator like boto3's."""

    def __init__(self, *alarms: dict[str, Any]) -> None:
        self.alarms = alarms
        self.asked: dict[str, str] = {}

    def client(self, _service: str) -> "CloudWatch":
        return self

    def get_paginator(self, _operation: str) -> "CloudWatch":
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        self.asked = asked
        return [{"MetricAlarms": [alarm]} for alarm in self.alarms]


def test_those_of_the_stage_with_the_first_thing_to_do() -> None:
    settings = stage("dev")
    [written] = [alarm for alarm in task_alarms(settings) if alarm.name == "dead-letters"]
    later = {"AlarmName": "faultline-dev-of-somebody", "StateUpdatedTimestamp": AT + timedelta(seconds=1)}
    first = {
        "AlarmName": "faultline-dev-dead-letters",
        "AlarmDescription": f"{written.meaning} First: {written.first} More: docs/operations.md#dead-letters",
        "StateUpdatedTimestamp": AT + timedelta(seconds=9),
        "StateTransitionedTimestamp": AT,
    }
    cloudwatch = CloudWatch(later, first)
    found = read_alarms(cloudwatch, settings)  # type: ignore[arg-type]
    assert cloudwatch.asked == {"AlarmNamePrefix": "faultline-dev-", "StateValue": "ALARM"}
    assert [(alarm.name, alarm.since) for alarm in found] == [
        ("dead-letters", AT),
        ("of-somebody", AT + timedelta(seconds=1)),
    ]
    assert (found[0].meaning, found[0].first) == (written.meaning, written.first)
    assert found[0].runbook == "docs/operations.md#dead-letters"
    assert (found[1].meaning, found[1].first, found[1].runbook) == ("", "", "")
