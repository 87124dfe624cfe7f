"""Metrics from log events in the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.metrics.conftest import Metrics

Put = Callable[..., None]


@pytest.fixture
def put(client: Callable[[str], Any], name: str) -> Iterator[Put]:
    """Provide a function that puts log events, objects or texts, into a log group of the test's own."""
    logs = client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="stream")

    def put_events(*messages: Any) -> None:
        texts = [each if isinstance(each, str) else json.dumps(each) for each in messages]
        at = int(time.time() * 1000)
        logs.put_log_events(
            logGroupName=name,
            logStreamName="stream",
            logEvents=[{"timestamp": at, "message": text} for text in texts],
        )

    yield put_events
    logs.delete_log_group(logGroupName=name)


def event(namespace: str, *metrics: Any, sets: Any = ([],), at: float = 0, **members: Any) -> dict[str, Any]:
    """Return an event that declares metrics by name or definition, `at` seconds from now."""
    definitions = [{"Name": each} if isinstance(each, str) else each for each in metrics]
    directive = {"Namespace": namespace, "Dimensions": list(sets), "Metrics": definitions}
    metadata = {"Timestamp": int((time.time() + at) * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, **members}


def test_an_event_has_metrics(put: Put, metrics: Metrics, name: str) -> None:
    """A value or an array counts once for every set of dimensions; undeclared members are not metrics."""
    put(
        event(
            name,
            {"Name": "Latency", "Unit": "Milliseconds"},
            "Count",
            sets=[["Service"], ["Service", "Kind"], []],
            Latency=[1, 2, 3.5],
            Count=2,
            Other=7,
            Service="tasks",
            Kind="echo",
        ),
        event(name, "Count", sets=[["Service"]], Count=3, Service="tasks"),
    )
    by_service = metrics.of(Service="tasks")
    by_service.expect(Latency=6.5, Count=5)
    assert by_service.total("Latency", "SampleCount", unit="Milliseconds") == 3
    assert by_service.total("Latency", "p50") == 2
    assert by_service.total("Latency", unit="Seconds") is None
    metrics.of(Service="tasks", Kind="echo").expect(Latency=6.5, Count=2)
    metrics.expect(Latency=6.5, Count=2)
    assert metrics.total("Other") is None


def test_its_timestamp_is_the_metrics(put: Put, metrics: Metrics, name: str) -> None:
    """A metric has the timestamp in its event, and not that of the log event."""
    now = time.time()
    put(event(name, "Then", at=-180, Then=1))
    metrics.expect(Then=1)
    metric = {"Metric": {"Namespace": name, "MetricName": "Then"}, "Period": 60, "Stat": "Sum"}
    answer = metrics.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "then", "MetricStat": metric}], StartTime=now - 300, EndTime=now + 60
    )
    (at,) = answer["MetricDataResults"][0]["Timestamps"]
    assert at.second == 0
    assert now - 180 - 60 < at.timestamp() <= now - 180 + 1


def test_high_resolution_metrics_have_seconds(put: Put, metrics: Metrics, name: str) -> None:
    """A metric with StorageResolution 1 has a data point per second, others one per minute."""
    fine = {"Name": "Fine", "StorageResolution": 1}
    for at in (-130, -128):
        put(event(name, fine, "Coarse", at=at, Fine=1, Coarse=1))
    metrics.expect(Fine=2, Coarse=2)
    assert metrics.values("Fine", "Sum", period=1) == [1, 1]
    assert sum(metrics.values("Coarse", "Sum", period=1)) == 2


def test_other_log_events_are_none(put: Put, metrics: Metrics, name: str) -> None:
    """Text, other JSON, and JSON with text before or after it yield neither metrics nor errors."""
    good = json.dumps(event(name, "Bad", Bad=1))
    put("text", "{}", '{"_aws": {}}', '["_aws"]', f"note {good}", f"{good} note", good[:-1])
    put(event(name, "Good", Good=1))
    metrics.expect(Good=1)
    assert metrics.total("Bad") is None
    errors = Metrics(metrics.cloudwatch, "AWS/Logs", {"LogGroupName": name})
    assert errors.total("EMFParsingErrors") is None


def test_events_that_cannot_be_read_are_counted(put: Put, metrics: Metrics, name: str) -> None:
    """A log group's EMFParsingErrors count malformed events, and EMFValidationErrors invalid ones."""
    without_time = event(name, "Bad", Bad=1)
    del without_time["_aws"]["Timestamp"]
    put(
        without_time,
        event(name, *(f"Bad{i}" for i in range(101)), Bad0=1),
        event(name, "Bad", Bad="1"),
        event(name, "Bad"),
        event(name, "Bad", Bad=1, sets=[["Service"]]),
        event(name, {"Name": "Bad", "Unit": "Apples"}, Bad=1),
        event(name, "Good", Good=1),
    )
    metrics.expect(Good=1)
    errors = Metrics(metrics.cloudwatch, "AWS/Logs", {"LogGroupName": name})
    errors.expect(EMFParsingErrors=2, EMFValidationErrors=4)
    assert metrics.total("Bad") is None


def test_what_a_function_prints_has_metrics(
    client: Callable[[str], Any], function: str, metrics: Metrics, name: str
) -> None:
    """A function publishes metrics through its log, without permission for PutMetricData."""
    printed = event(name, "Printed", sets=[["Service"]], Printed=4, Service="tasks")
    client("lambda").invoke(FunctionName=function, Payload=json.dumps({"print": printed}))
    metrics.of(Service="tasks").expect(Printed=4)
