"""Metric alarms that are evaluated as AWS does, and soon after there is something to evaluate.

LocalStack 4.14.0 evaluates an alarm once in all of its evaluation periods, counts breaches in more periods
than it has evaluation periods (so that it stays in ALARM), and takes the periods as they end at that moment.
Alarms on metric math it does not evaluate at all. Here all alarms are evaluated every other second. The
period that is not over yet counts when what it says already will not change, as with a sum that is above the
threshold, or when its metric is a level (`Store.put`). With metric math, whose values may fall again, it
counts when it breaches.

Not evaluated are alarms on anomalies.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import json
import operator
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from localstack.services.cloudwatch.alarm_scheduler import (
    AlarmScheduler,
    get_cloudwatch_client_for_region_of_alarm,
)
from localstack.services.cloudwatch.models import LocalStackMetricAlarm, cloudwatch_stores

from sandbox.common.log_and_continue import contained
from sandbox.common.loop import Loop
from sandbox.services.cloudwatch.alarm_reason import Point, Threshold, reason
from sandbox.services.cloudwatch.datapoint import UnknownStatistic
from sandbox.services.cloudwatch.evaluation import Missing, Rule, State
from sandbox.services.cloudwatch.metric_math.queries import InvalidQuery
from sandbox.services.cloudwatch.watched import Watched, check, watched

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
            if isinstance(alarm, LocalStackMetricAlarm) and (
                alarm.alarm.get("MetricName") or alarm.alarm.get("Metrics")
            ):
                with contained(f"the state of alarm {alarm.alarm['AlarmName']}"):
                    evaluate(alarm, time.time())


def evaluate(held: LocalStackMetricAlarm, now: float) -> None:
    """Put an alarm into the state that it should be in; its actions follow."""
    alarm: Mapping[str, Any] = held.alarm
    compare = COMPARE.get(alarm["ComparisonOperator"])
    if compare is None or _is_set_by_hand(alarm, now):
        return
    periods = int(alarm["EvaluationPeriods"])
    rule = Rule(
        periods=periods,
        to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
        missing=Missing(alarm.get("TreatMissingData") or Missing.MISSING),
    )
    threshold = float(alarm["Threshold"])
    try:
        seen = watched(held, now, rule.evaluated)
    except (UnknownStatistic, InvalidQuery):
        return
    # The period that is not over takes the place of the oldest.
    points = seen.points[1:] if _counts(seen, compare, threshold) else seen.points[:-1]
    state = rule.state([None if value is None else compare(value, threshold) for _, value in points])
    if state and state != alarm["StateValue"]:
        known = [(at, value) for at, value in points if value is not None]
        compared = Threshold(
            comparison=alarm["ComparisonOperator"],
            value=threshold,
            breached_by=lambda value: compare(value, threshold),
        )
        cloudwatch = get_cloudwatch_client_for_region_of_alarm(alarm["AlarmArn"])
        with suppress(cloudwatch.exceptions.ResourceNotFound):  # it was deleted while it was looked at
            cloudwatch.set_alarm_state(
                AlarmName=alarm["AlarmName"],
                StateValue=state,
                **_reason(alarm, state, rule, compared, known, now),
            )


def put_metric_alarm(put: Any, provider: Any, context: Any, request: Mapping[str, Any]) -> None:
    """Refuse an alarm whose metric math is wrong. Wraps CloudwatchProvider.put_metric_alarm.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    check(request)
    put(provider, context, request)


def _is_set_by_hand(alarm: Mapping[str, Any], now: float) -> bool:
    """Whether SetAlarmState gave the alarm its state, and AWS would not have evaluated it since.

    AWS does so every minute, or every 10 seconds where the period is shorter:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    if alarm["StateReason"].startswith(("Threshold Crossed", "Insufficient Data", "Unchecked")):
        return False
    interval = 60 if int(alarm.get("Period") or 60) >= 60 else 10
    return now < float(alarm["StateUpdatedTimestamp"].timestamp()) + interval


def _counts(seen: Watched, compare: Compare, threshold: float) -> bool:
    """Whether the period that is not over yet does."""
    latest = seen.points[-1][1]
    if latest is None:
        return False
    if seen.is_level:
        return True
    breaches_above = compare in (operator.ge, operator.gt)
    return seen.grows and compare(latest, threshold) == breaches_above


def _reason(
    alarm: Mapping[str, Any],
    state: State,
    rule: Rule,
    threshold: Threshold,
    known: Sequence[Point],
    now: float,
) -> dict[str, str]:
    told = known[-rule.periods :]
    data = {
        "version": "1.0",
        "queryDate": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "statistic": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        "period": alarm.get("Period"),
        "unit": alarm.get("Unit"),
        "recentDatapoints": [value for _, value in told],
        "threshold": threshold.value,
    }
    return {
        "StateReason": reason(state, rule=rule, known=told, threshold=threshold)[:REASON_CHARACTERS],
        "StateReasonData": json.dumps({name: value for name, value in data.items() if value is not None}),
    }
