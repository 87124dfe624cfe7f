"""Vital signs of a stage: queues, throughput, failures and durations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3

from faultline.operations.dashboards.metric_data import Periods, metric_data
from infra.alarms.signals import Signal, counted, of_dlq, of_task_queue
from infra.errors import aws_errors
from infra.stages import StageSettings
from lambdas.telemetry.metrics import Metric

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

MAX_PERIODS = 30

type Values = Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """Vital signs with a value for each period, oldest first; None where there is no data.

    Attributes:
        period: Length of a period in seconds.
        waiting: Number of visible messages on the task queue.
        in_flight: Number of messages of the task queue in flight.
        oldest: Age of the oldest message on the task queue, in seconds.
        dead: Number of messages on the dead-letter queue.
        accepted: Number of accepted tasks.
        succeeded: Number of tasks that succeeded.
        attempts: Number of attempts begun.
        retries: Number of failed attempts that are retried, and of failed probes of a circuit.
        given_up: Number of tasks that were given up.
        median: Median duration of attempts, in milliseconds.
        p95: 95th percentile of the duration of attempts, in milliseconds.
    """

    period: int
    waiting: Values
    in_flight: Values
    oldest: Values
    dead: Values
    accepted: Values
    succeeded: Values
    attempts: Values
    retries: Values
    given_up: Values
    median: Values
    p95: Values

    @property
    def minutes(self) -> float:
        """Total length of all periods, in minutes."""
        return len(self.waiting) * self.period / 60

    @property
    def failed_share(self) -> float | None:
        """Fraction of the attempts that failed, from 0 to 1; None if there was no attempt."""
        return failed_share(self.attempts, self.retries, self.given_up)


def latest(values: Values) -> float | None:
    """Return the newest value that is not None.

    >>> latest([1, 2, None])
    2
    """
    return next((value for value in reversed(values) if value is not None), None)


def total(values: Values) -> float:
    """Return the sum of the values that are not None."""
    return sum(value for value in values if value is not None)


def failed_share(attempts: Values, retries: Values, given_up: Values) -> float | None:
    """Return the fraction of attempts that failed, from 0 to 1; None if there was no attempt.

    The result is limited to 1, since attempts that began before the window may fail within it.
    """
    begun = total(attempts)
    return min(1.0, (total(retries) + total(given_up)) / begun) if begun else None


def read_vitals(session: boto3.Session, settings: StageSettings, since: timedelta, now: datetime) -> Vitals:
    """Read the vital signs from `since` ago until now, with one call to CloudWatch.

    CloudWatch has values for whole minutes, and on AWS those of queues arrive some minutes late:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html

    Raises:
        AwsUnavailable: If CloudWatch cannot be reached or rejects the call.
    """
    minutes = max(1, round(since.total_seconds() / 60))
    times = Periods.until(now, since, min(MAX_PERIODS, minutes))
    asked = _signals(settings)
    queries = [
        {"Id": name, "MetricStat": signal.metric_stat(times.seconds).to_dict(), "ReturnData": True}
        for name, signal in asked.items()
    ]
    client: CloudWatchClient = session.client("cloudwatch")
    with aws_errors("reading metrics"):
        found = metric_data(client, queries, times)
    nothing = [None] * times.count
    return Vitals(period=times.seconds, **{name: found.get(name, nothing) for name in asked})


def _signals(settings: StageSettings) -> dict[str, Signal]:
    visible = "ApproximateNumberOfMessagesVisible"
    return {
        "waiting": of_task_queue(settings, visible, "Maximum"),
        "in_flight": of_task_queue(settings, "ApproximateNumberOfMessagesNotVisible", "Maximum"),
        "oldest": of_task_queue(settings, "ApproximateAgeOfOldestMessage", "Maximum"),
        "dead": of_dlq(settings, visible, "Maximum"),
        "accepted": counted(settings, Metric.TASKS_SUBMITTED),
        "succeeded": counted(settings, Metric.TASKS_SUCCEEDED),
        "attempts": counted(settings, Metric.ATTEMPTS),
        "retries": counted(settings, Metric.RETRIES),
        "given_up": counted(settings, Metric.DEAD_LETTERS),
        "median": counted(settings, Metric.PROCESSING_TIME, "p50"),
        "p95": counted(settings, Metric.PROCESSING_TIME, "p95"),
    }
