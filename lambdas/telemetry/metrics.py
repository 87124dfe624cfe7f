"""Metrics of the functions, in CloudWatch's embedded metric format (EMF).

CloudWatch extracts the metrics from log lines, so publishing them needs no call that could fail or take time:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Dimensions are few and bounded, since every combination of their values is a metric that costs money: the
stage, the functions, the kinds of work in the registry, the categories of errors, the states of a circuit.
Unbounded values, such as task ids and names of dependencies, are in the logs and traces.
"""

import os
from collections.abc import Mapping
from enum import Enum

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

NAMESPACE = "Faultline"
STAGE, KIND, CATEGORY, STATE, FUNCTION = "Stage", "Kind", "Category", "State", "Function"


class Metric(Enum):
    """Metrics, each with its unit, its dimensions besides the stage, and its meaning.

    Each metric is published by stage, and by stage and each of its other dimensions.
    """

    TASKS_SUBMITTED = (MetricUnit.Count, (KIND,), "tasks accepted (202)")
    DUPLICATE_SUBMISSIONS = (MetricUnit.Count, (KIND,), "submissions of a task that already existed (200)")
    CONFLICTING_SUBMISSIONS = (
        MetricUnit.Count,
        (KIND,),
        "submissions refused because a different task has the id (409)",
    )
    ATTEMPTS = (
        MetricUnit.Count,
        (KIND,),
        "attempts begun, including lost ones, but none that an open circuit gave back without a call",
    )
    TASKS_SUCCEEDED = (MetricUnit.Count, (KIND,), "tasks that became SUCCEEDED")
    RETRIES = (
        MetricUnit.Count,
        (KIND, CATEGORY),
        "failed attempts that are retried, and failed probes of a circuit",
    )
    DEAD_LETTERS = (
        MetricUnit.Count,
        (KIND, CATEGORY),
        "tasks, and messages without a task, that were given up",
    )
    TASKS_REDRIVEN = (MetricUnit.Count, (KIND,), "dead letters redriven")
    TASKS_PARKED = (
        MetricUnit.Count,
        (KIND,),
        "tasks parked for an open circuit or a pause",
    )
    TASKS_CANCELLED = (MetricUnit.Count, (KIND,), "tasks that became CANCELLED")
    TASKS_EXPIRED = (MetricUnit.Count, (KIND,), "tasks whose deadline passed before their first attempt")
    TASKS_RELEASED = (MetricUnit.Count, (KIND,), "tasks queued by release_tasks: unsent, due or parked")
    ROUND_TRIPS = (MetricUnit.Count, (KIND,), "releases so far of the generation of a released task")
    RELEASE_LAG = (
        MetricUnit.Seconds,
        (),
        "lateness of the oldest due task while more are due than a pass of release_tasks takes",
    )
    QUEUE_LATENCY = (
        MetricUnit.Milliseconds,
        (KIND,),
        "time from the submission, or `runAt`, to the first attempt, unless that was lost",
    )
    PROCESSING_TIME = (MetricUnit.Milliseconds, (KIND,), "duration of an attempt that was not lost")
    END_TO_END_TIME = (
        MetricUnit.Milliseconds,
        (KIND,),
        "time from the submission, or `runAt`, to SUCCEEDED",
    )
    COLD_START_TIME = (
        MetricUnit.Milliseconds,
        (FUNCTION,),
        "time from the start of an execution environment to its first invocation",
    )
    MEMORY_USED = (MetricUnit.Percent, (FUNCTION,), "highest memory use so far in an execution environment")
    CIRCUIT_STATE_CHANGES = (MetricUnit.Count, (STATE,), "changes of a circuit to OPEN, HALF_OPEN or CLOSED")

    def __init__(self, unit: MetricUnit, dimensions: tuple[str, ...], meaning: str) -> None:
        self.unit = unit
        self.dimensions = dimensions
        self.meaning = meaning

    @property
    def title(self) -> str:
        """Name of the metric in CloudWatch: `TasksSubmitted` for TASKS_SUBMITTED."""
        return "".join(word.capitalize() for word in self.name.split("_"))


def count(values: Mapping[Metric, float], **dimensions: str) -> None:
    """Publish values of metrics, by stage, and by stage and each of `dimensions`.

    Args:
        values: Values by metric; all of the metrics must have the same dimensions.
        dimensions: Values of `Kind`, `Category`, `State` or `Function`; an unknown one may be omitted.
    """
    emf = AmazonCloudWatchEMFProvider(
        namespace=NAMESPACE,
        service="",  # otherwise POWERTOOLS_SERVICE_NAME becomes a dimension
        default_dimensions={STAGE: os.environ.get("STAGE", "local")},
    )
    for name, value in dimensions.items():
        emf.add_dimensions(**{name: value})
    for metric, number in values.items():
        emf.add_metric(metric.title, metric.unit, number)
    emf.flush_metrics()
