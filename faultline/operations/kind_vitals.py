"""Vital signs of each kind of work: throughput, failures and durations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

import boto3

from faultline.operations.dashboards.metric_data import Periods, metric_data
from faultline.operations.vitals import MAX_PERIODS, Values, failed_share
from infra.alarms.signals import counted
from infra.errors import aws_errors
from infra.stages import StageSettings
from lambdas.telemetry.metrics import KIND, Metric

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_SIGNALS = {
    "succeeded": (Metric.TASKS_SUCCEEDED, "Sum"),
    "attempts": (Metric.ATTEMPTS, "Sum"),
    "retries": (Metric.RETRIES, "Sum"),
    "given_up": (Metric.DEAD_LETTERS, "Sum"),
    "p95": (Metric.PROCESSING_TIME, "p95"),
}
_MAX_QUERIES = 500
"""Maximum number of queries in a call of GetMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""


@dataclass(frozen=True, kw_only=True)
class KindVitals:
    """Vital signs of a kind, with a value for each period, oldest first; None where there is no data.

    Attributes:
        succeeded: Number of tasks that succeeded.
        attempts: Number of attempts begun.
        retries: Number of failed attempts that are retried, and of failed probes of a circuit.
        given_up: Number of tasks that were given up.
        p95: 95th percentile of the duration of attempts, in milliseconds.
    """

    succeeded: Values
    attempts: Values
    retries: Values
    given_up: Values
    p95: Values

    @property
    def failed_share(self) -> float | None:
        """Fraction of the attempts that failed, from 0 to 1; None if there was no attempt."""
        return failed_share(self.attempts, self.retries, self.given_up)


def read_kind_vitals(
    session: boto3.Session, settings: StageSettings, kinds: Sequence[str], since: timedelta, now: datetime
) -> dict[str, KindVitals]:
    """Read the vital signs of kinds of work from `since` ago until now.

    Args:
        session: Session for the calls to AWS.
        settings: Settings of the stage.
        kinds: Names of the kinds.
        since: Length of the time to read.
        now: The current time.

    Raises:
        AwsUnavailable: If CloudWatch cannot be reached or rejects the call.
    """
    times = Periods.until(now, since, min(MAX_PERIODS, max(1, round(since.total_seconds() / 60))))
    client: CloudWatchClient = session.client("cloudwatch")
    found: dict[str, list[float | None]] = {}
    with aws_errors("reading metrics"):
        for queries in batched(_queries(settings, kinds, times), _MAX_QUERIES, strict=False):
            found |= metric_data(client, queries, times)
    nothing = [None] * times.count
    return {
        kind: KindVitals(**{name: found.get(f"k{number}_{name}", nothing) for name in _SIGNALS})
        for number, kind in enumerate(kinds)
    }


def _queries(settings: StageSettings, kinds: Sequence[str], times: Periods) -> Iterator[dict[str, object]]:
    for number, kind in enumerate(kinds):
        for name, (metric, stat) in _SIGNALS.items():
            signal = counted(settings, metric, stat, **{KIND: kind})
            metric_stat = signal.metric_stat(times.seconds).to_dict()
            yield {"Id": f"k{number}_{name}", "MetricStat": metric_stat, "ReturnData": True}
