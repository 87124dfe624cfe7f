"""Evaluation of metric alarms every two seconds.

LocalStack evaluates an alarm only once during all of its evaluation periods, counts breaches in older periods
too (so an alarm stays in ALARM), and uses periods that end at the moment of evaluation. It does not evaluate
alarms on metric math. Here the current period counts if its result can no longer change, such as a sum above
the threshold, or if its metric is a level (`Store.put`). With metric math on statistics that only grow, it
counts if it breaches, although the result may fall again.

Anomaly detection alarms are not evaluated.
"""

import operator
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from localstack.services.cloudwatch.alarm_scheduler import (
    AlarmScheduler,
    get_cloudwatch_client_for_region_of_alarm,
)
from localstack.services.cloudwatch.models import LocalStackMetricAlarm, cloudwatch_stores

from sandbox.common.log_and_continue import contained
from sandbox.common.loop import Loop
from sandbox.services.cloudwatch.alarm_reason import Threshold, reason
from sandbox.services.cloudwatch.datapoint import UnknownStatistic
from sandbox.services.cloudwatch.evaluation import Missing, Rule
from sandbox.services.cloudwatch.metric_math.queries import InvalidQuery
from sandbox.services.cloudwatch.watched import Watched, check, watched

EVALUATE_SECONDS = 2.0

REASON_CHARACTERS = 1023
"""Maximum length of a reason: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""

Compare = Callable[[float, float], bool]
COMPARE: Mapping[str, Compare] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class Alarms(AlarmScheduler):
    """Replacement for LocalStack's alarm scheduler."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = Loop("cloudwatch-alarms", EVALUATE_SECONDS, evaluate_all)

    def start(self) -> None:
        """Start evaluating alarms."""
        self._loop.start()

    def shutdown(self) -> None:
        """Stop evaluating alarms."""
        self._loop.stop()

    def schedule_metric_alarm(self, alarm_arn: str) -> None:
        """Do nothing, since all alarms are evaluated."""


def evaluate_all() -> None:
    """Evaluate all metric alarms."""
    for _account, _region, store in cloudwatch_stores.iter_stores():
        for alarm in list(store.alarms.values()):
            if isinstance(alarm, LocalStackMetricAlarm) and (
                alarm.alarm.get("MetricName") or alarm.alarm.get("Metrics")
            ):
                with contained(f"the state of alarm {alarm.alarm['AlarmName']}"):
                    evaluate(alarm, time.time())


def evaluate(held: LocalStackMetricAlarm, now: float) -> None:
    """Evaluate an alarm, and set its state if it has changed, which triggers its actions."""
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
    # The current period takes the place of the oldest.
    points = seen.points[1:] if _counts(seen, compare, threshold) else seen.points[:-1]
    state = rule.state([None if value is None else compare(value, threshold) for _, value in points])
    # A client may have set the state while the metrics were read.
    if state and state != alarm["StateValue"] and not _is_set_by_hand(alarm, now):
        known = [value for _, value in points if value is not None][-periods:]
        compared = Threshold(
            comparison=alarm["ComparisonOperator"],
            value=threshold,
            breached_by=lambda value: compare(value, threshold),
        )
        cloudwatch = get_cloudwatch_client_for_region_of_alarm(alarm["AlarmArn"])
        with suppress(cloudwatch.exceptions.ResourceNotFound):  # the alarm was deleted in the meantime
            cloudwatch.set_alarm_state(
                AlarmName=alarm["AlarmName"],
                StateValue=state,
                StateReason=reason(state, rule=rule, known=known, threshold=compared)[:REASON_CHARACTERS],
            )


def put_metric_alarm(put: Any, provider: Any, context: Any, request: Mapping[str, Any]) -> None:
    """Wrap CloudwatchProvider.put_metric_alarm, to refuse an alarm whose metric math is invalid.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    check(request)
    put(provider, context, request)


def _is_set_by_hand(alarm: Mapping[str, Any], now: float) -> bool:
    """Return whether SetAlarmState set the alarm's state and AWS would not have evaluated it since.

    AWS evaluates every minute, or every 10 seconds if the period is shorter:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    if alarm["StateReason"].startswith(("Threshold Crossed", "Insufficient Data", "Unchecked")):
        return False
    interval = 60 if int(alarm.get("Period") or 60) >= 60 else 10
    return now < float(alarm["StateUpdatedTimestamp"].timestamp()) + interval


def _counts(seen: Watched, compare: Compare, threshold: float) -> bool:
    """Return whether the current period, which may still change, is part of the evaluation."""
    latest = seen.points[-1][1]
    if latest is None:
        return False
    if seen.is_level:
        return True
    breaches_above = compare in (operator.ge, operator.gt)
    return seen.grows and compare(latest, threshold) == breaches_above
