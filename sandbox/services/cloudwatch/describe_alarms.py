"""DescribeAlarms with all conditions, in pages. LocalStack applies only one condition.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
The conditions on parents and children of composite alarms are ignored.
"""

from collections.abc import Mapping
from typing import Any

from localstack.aws.api.cloudwatch import DescribeAlarmsOutput, InvalidNextToken

PAGE = 50
"""The alarms of a page without MaxRecords."""
_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")


def describe_alarms(describe: Any, provider: Any, context: Any, **asked: Any) -> DescribeAlarmsOutput:
    """Wrap CloudwatchProvider.describe_alarms. Without AlarmTypes there are no composite alarms."""
    everything: DescribeAlarmsOutput = describe(provider, context)
    types = asked.get("alarm_types") or ["MetricAlarm"]
    found = [
        (kind, alarm)
        for kind, alarms in (
            ("MetricAlarm", everything["MetricAlarms"]),
            ("CompositeAlarm", everything["CompositeAlarms"]),
        )
        for alarm in sorted(alarms or [], key=lambda each: str(each["AlarmName"]))
        if kind in types and _fits(alarm, asked)
    ]
    first, size = _position(asked.get("next_token")), int(asked.get("max_records") or PAGE)
    page, rest = found[first : first + size], found[first + size :]
    answer = DescribeAlarmsOutput(
        MetricAlarms=[alarm for kind, alarm in page if kind == "MetricAlarm"],  # type: ignore[misc]
        CompositeAlarms=[alarm for kind, alarm in page if kind == "CompositeAlarm"],  # type: ignore[misc]
    )
    if rest:
        answer["NextToken"] = str(first + size)
    return answer


def _fits(alarm: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    names, prefix, state = (asked.get(key) for key in ("alarm_names", "alarm_name_prefix", "state_value"))
    actions = [action for kind in _ACTIONS for action in alarm.get(kind) or []]
    return (
        (not names or alarm["AlarmName"] in names)
        and (not prefix or alarm["AlarmName"].startswith(prefix))
        and (not state or alarm["StateValue"] == state)
        and any(each.startswith(asked.get("action_prefix") or "") for each in actions or [""])
    )


def _position(token: str | None) -> int:
    if token and not token.isdecimal():
        raise InvalidNextToken("The next token specified is invalid.")
    return int(token or 0)
