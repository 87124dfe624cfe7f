"""Metric alarms that are evaluated as AWS does, and soon after there is something to evaluate.

LocalStack 4.14.0 evaluates an alarm once in all of its evaluation periods, counts breaches in more periods
than it has evaluation periods (so that it stays in ALARM), and takes the periods as they end at that moment.
Here all alarms are evaluated every other second. The period that is not over yet counts when it breaches
already, as what is summed up or is the highest may, or when its metric is a level (`Store.put`).

Not evaluated are alarms on metric math and on anomalies.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import json
import operator
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.services.cloudwatch.alarm_scheduler import (
    AlarmScheduler,
    get_cloudwatch_client_for_region_of_alarm,
)
from localstack.services.cloudwatch.models import LocalStackMetricAlarm, cloudwatch_stores

from sandbox.metrics.containment import contained
from sandbox.metrics.datapoint import UnknownStatistic
from sandbox.metrics.evaluation import Missing, Rule, State
from sandbox.metrics.loop import Loop
from sandbox.metrics.store import METRICS, Metric, dimensions

EVALUATE_SECONDS = 2.0

REASON_CHARACTERS = 1023
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""

Compare = Callable[[float, float], bool]
COMPARE: Mapping[str, Compare] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
GROWS = ("Sum", "SampleCount", "Maximum")
"""Statistics that can only become more before their period is over."""


class Alarms(AlarmScheduler):
    """Takes the place of LocalStack's scheduler of alarms."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = Loop("cloudwatch-alarms", EVALUATE_SECONDS, evaluate_all)

    def start(self) -> None:
        self._loop.start()

    def shutdown(self) -> None:
        self._loop.stop()

    def schedule_metric_alarm(self, alarm_arn: str) -> None:
        """Nothing: all alarms that there are get their turn."""


def evaluate_all() -> None:
    """Put every metric alarm into the state that it should be in."""
    for _account, _region, store in cloudwatch_stores.iter_stores():
        for alarm in list(store.alarms.values()):
            if isinstance(alarm, LocalStackMetricAlarm) and alarm.alarm.get("MetricName"):
                with contained(f"the state of alarm {alarm.alarm['AlarmName']}"):
                    evaluate(alarm, time.time())


def evaluate(held: LocalStackMetricAlarm, now: float) -> None:
    """Put an alarm into the state that it should be in; its actions follow."""
    alarm: Mapping[str, Any] = held.alarm
    compare = COMPARE.get(alarm["ComparisonOperator"])
    if compare is None:
        return
    periods = int(alarm["EvaluationPeriods"])
    rule = Rule(
        periods=periods,
        to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
        missing=Missing(alarm.get("TreatMissingData") or Missing.MISSING),
    )
    try:
        values = _values(held, rule, compare, now)
    except UnknownStatistic:
        return
    threshold = float(alarm["Threshold"])
    state = rule.state([None if value is None else compare(value, threshold) for value in values])
    if state not in (None, alarm["StateValue"]):
        get_cloudwatch_client_for_region_of_alarm(alarm["AlarmArn"]).set_alarm_state(
            AlarmName=alarm["AlarmName"], StateValue=state, **_reason(alarm, state, values, now)
        )


def _values(held: LocalStackMetricAlarm, rule: Rule, compare: Compare, now: float) -> list[float | None]:
    """The statistic of each period looked at, from the oldest; None where there is none."""
    alarm: Mapping[str, Any] = held.alarm
    period, statistic = int(alarm["Period"]), alarm.get("Statistic") or alarm["ExtendedStatistic"]
    metric = Metric(
        held.account_id,
        held.region,
        alarm["Namespace"],
        alarm["MetricName"],
        dimensions({each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}),
    )
    current = int(now) - int(now) % period
    start = current - rule.evaluated * period
    found = METRICS.periods(metric, start=start, end=current + period, period=period, unit=alarm.get("Unit"))
    values = {at: point.statistic(statistic) for at, point in found.items()}
    latest = values.get(current)
    grows = statistic in GROWS and compare in (operator.ge, operator.gt)
    if latest is None or not (
        METRICS.is_gauge(metric) or (grows and compare(latest, float(alarm["Threshold"])))
    ):
        current -= period
    return [values.get(current - ago * period) for ago in reversed(range(rule.evaluated))]


def _reason(alarm: Mapping[str, Any], state: State, values: list[float | None], now: float) -> dict[str, str]:
    known = [value for value in values if value is not None]
    threshold = alarm["Threshold"]
    if state is State.INSUFFICIENT_DATA:
        reason = f"Insufficient Data: {len(known)} of {alarm['EvaluationPeriods']} datapoints are there."
    else:
        crossed = "crossed" if state is State.ALARM else "not crossed"
        reason = f"Threshold Crossed: the threshold ({threshold}) is {crossed} by datapoints {known}."
    data = {
        "version": "1.0",
        "queryDate": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "statistic": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        "period": alarm["Period"],
        "recentDatapoints": known,
        "threshold": threshold,
    }
    return {"StateReason": reason[:REASON_CHARACTERS], "StateReasonData": json.dumps(data)}
