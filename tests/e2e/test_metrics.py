"""The metrics of tasks in CloudWatch: namespace Faultline, read by GetMetricData."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from infra.stack.functions import FUNCTIONS
from lambdas.domain.serialization import rfc3339
from lambdas.telemetry.metrics import NAMESPACE, Metric
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef

type Counts = dict[str, float]

# The effects of the test below on tasks of kind `echo`, and the number of measurements of each time.
EXPECTED: Counts = {
    "TasksSubmitted": 4,
    "DuplicateSubmissions": 1,
    "ConflictingSubmissions": 1,
    "Attempts": 5,
    "TasksSucceeded": 2,
    "Retries": 1,
    "DeadLetters": 2,
    "TasksRedriven": 1,
    "TasksCancelled": 1,
    "TasksReleased": 1,
    "QueueLatency": 3,
    "ProcessingTime": 5,
    "EndToEndTime": 2,
}


def counts(stack: Stack, **dimensions: str) -> Counts:
    """Return the last three hours' metrics in EXPECTED: sums of counts, and sample counts of times."""
    by: list[DimensionTypeDef] = [
        {"Name": name, "Value": value} for name, value in {"Stage": stack.settings.name, **dimensions}.items()
    ]
    wanted = [metric for metric in Metric if metric.title in EXPECTED]
    queries: list[MetricDataQueryTypeDef] = [
        {
            "Id": metric.name.lower(),
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": metric.title, "Dimensions": by},
                "Period": 60,
                "Stat": "Sum" if metric.unit.value == "Count" else "SampleCount",
            },
        }
        for metric in wanted
    ]
    answer = stack.session.client("cloudwatch").get_metric_data(
        StartTime=datetime.now(UTC) - timedelta(hours=3),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        MetricDataQueries=queries,
    )
    found = {each["Id"]: sum(each["Values"]) for each in answer["MetricDataResults"]}
    return {metric.title: found[metric.name.lower()] for metric in wanted}


def let_others_be_counted(stack: Stack) -> None:
    """Wait until nothing has been counted for some seconds; other tests' events may be logged late."""
    seen, since = counts(stack, Kind="echo"), time.monotonic()

    def is_quiet() -> bool:
        nonlocal seen, since
        if (now := counts(stack, Kind="echo")) != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > 4

    eventually(is_quiet, what="nothing is counted any more", every=0.5)


@pytest.mark.alone
def test_what_happens_to_tasks_is_counted(stack: Stack) -> None:
    """Each step of a task is counted once by kind, and a retry by category as well."""
    let_others_be_counted(stack)
    before, network = counts(stack, Kind="echo"), counts(stack, Category="NETWORK")
    retried, dead, cancelled, scheduled = (fresh(name) for name in ("retried", "dead", "cancelled", "later"))

    stack.accepted(taskId=retried, simulate={"failures": 1, "error": "NETWORK"})
    assert stack.submit(taskId=retried, simulate={"failures": 1, "error": "NETWORK"}).status == 200
    assert stack.submit(taskId=retried, payload={"another": True}).status == 409
    stack.accepted(taskId=dead, simulate={"error": "VALIDATION"})
    assert stack.ended(dead)["status"] == "DEAD_LETTERED"
    stack.accepted(taskId=cancelled, runAt=rfc3339(later(86400)))
    assert stack.cancel(cancelled).status == 202
    stack.accepted(taskId=scheduled, runAt=rfc3339(later(5)))
    assert stack.redrive(dead).status == 202
    assert stack.ended(retried)["status"] == stack.ended(scheduled)["status"] == "SUCCEEDED"

    def missing() -> Counts:
        now = counts(stack, Kind="echo")
        gained = {name: now[name] - before[name] for name in EXPECTED}
        return {name: gained[name] for name in EXPECTED if gained[name] != EXPECTED[name]}

    with suppress(AssertionError):
        eventually(lambda: not missing(), every=1)
    assert missing() == {}
    assert counts(stack, Category="NETWORK")["Retries"] - network["Retries"] == 1


def test_each_function_counts_its_cold_starts_and_its_memory(stack: Stack) -> None:
    """The cold start time and the memory of each function are measured, with plausible values.

    release_tasks measures its memory at the end of a run that released something, which takes a minute.
    """
    due = stack.accepted(runAt=rfc3339(later(5)))
    assert stack.ended(due)["status"] == "SUCCEEDED"
    stack.api.tasks(limit=1)
    dead = stack.accepted(simulate={"error": "VALIDATION"})
    assert stack.ended(dead)["status"] == "DEAD_LETTERED"
    cloudwatch = stack.session.client("cloudwatch")

    def highest(metric: Metric, function: str) -> float:
        answer = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric.title,
            Dimensions=[
                {"Name": "Stage", "Value": stack.settings.name},
                {"Name": "Function", "Value": function},
            ],
            StartTime=datetime.now(UTC) - timedelta(hours=3),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=6 * 3600,
            Statistics=["Maximum"],
        )
        return max((each["Maximum"] for each in answer["Datapoints"]), default=0.0)

    def missing() -> list[tuple[str, str]]:
        return [
            (metric.title, function)
            for metric, most in ((Metric.COLD_START_TIME, 60_000), (Metric.MEMORY_USED, 100))
            for function in FUNCTIONS
            if not 1 < highest(metric, function) < most
        ]

    with suppress(AssertionError):
        eventually(lambda: not missing(), every=1)
    assert missing() == []
