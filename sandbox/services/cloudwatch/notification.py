"""The message that an alarm publishes to a topic.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html

LocalStack omits an alarm's metrics, expressions and number of data points, and formats times differently.
Here a region is given by its name, on AWS by its description.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.services.cloudwatch.models import LocalStackMetricAlarm
from localstack.utils.strings import camel_to_snake_case


def message(held: LocalStackMetricAlarm, old_state: str) -> str:
    """Return the JSON that an alarm publishes when its state has changed from `old_state`."""
    alarm: Mapping[str, Any] = held.alarm
    return json.dumps(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmDescription": alarm.get("AlarmDescription"),
            "AWSAccountId": held.account_id,
            "AlarmConfigurationUpdatedTimestamp": _time(alarm["AlarmConfigurationUpdatedTimestamp"]),
            "NewStateValue": alarm["StateValue"],
            "NewStateReason": alarm["StateReason"],
            "StateChangeTime": _time(alarm["StateUpdatedTimestamp"]),
            "Region": held.region,
            "AlarmArn": alarm["AlarmArn"],
            "OldStateValue": old_state,
            "OKActions": alarm.get("OKActions") or [],
            "AlarmActions": alarm.get("AlarmActions") or [],
            "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
            "Trigger": dict(_trigger(alarm)),
        }
    )


def _trigger(alarm: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of the notification's `Trigger`: the evaluated metrics and periods."""
    if queries := alarm.get("Metrics"):
        # An expression has the period of its metrics.
        stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
        yield "Period", int(stats[0]["Period"])
    else:
        yield "MetricName", alarm.get("MetricName")
        yield "Namespace", alarm.get("Namespace")
        yield from _statistic(alarm)
        yield "Unit", alarm.get("Unit")
        yield "Dimensions", _dimensions(alarm)
        yield "Period", int(alarm.get("Period", 0))
    yield "EvaluationPeriods", int(alarm["EvaluationPeriods"])
    if "DatapointsToAlarm" in alarm:
        yield "DatapointsToAlarm", int(alarm["DatapointsToAlarm"])
    yield "ComparisonOperator", alarm["ComparisonOperator"]
    yield "Threshold", float(alarm.get("Threshold") or 0)
    yield "TreatMissingData", alarm.get("TreatMissingData", "missing")
    yield "EvaluateLowSampleCountPercentile", alarm.get("EvaluateLowSampleCountPercentile", "")
    if queries:
        yield "Metrics", [_query(each) for each in queries]


def _statistic(alarm: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if statistic := alarm.get("Statistic"):
        yield "StatisticType", "Statistic"
        yield "Statistic", camel_to_snake_case(statistic).upper()
    else:
        yield "StatisticType", "ExtendedStatistic"
        yield "ExtendedStatistic", alarm.get("ExtendedStatistic")


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {**query, "ReturnData": query.get("ReturnData") is not False}
    if stat := query.get("MetricStat"):
        told["MetricStat"] = {**stat, "Metric": {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"])}}
    return told


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or []]


def _time(at: datetime) -> str:
    """Format a time: `2026-01-31T12:00:00.123+0000`. LocalStack's times without a zone are local."""
    of_zone = at.astimezone(UTC)
    return f"{of_zone:%Y-%m-%dT%H:%M:%S}.{of_zone.microsecond // 1000:03d}+0000"
