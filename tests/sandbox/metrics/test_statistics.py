"""Statistics of values put into CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.metrics.conftest import Metrics

DIMENSIONS = [{"Name": "Queue", "Value": "tasks"}]


def put(metrics: Metrics, name: str, dimensions: Any = (), **datum: Any) -> None:
    """Put a datum of a metric; keyword arguments are the other fields of MetricDatum."""
    metrics.cloudwatch.put_metric_data(
        Namespace=metrics.namespace,
        MetricData=[{"MetricName": name, "Dimensions": list(dimensions), **datum}],
    )


def test_a_metric_has_exactly_its_dimensions(metrics: Metrics) -> None:
    """Additional dimensions, or another value with the same prefix, make another metric."""
    put(metrics, "Size", DIMENSIONS, Value=1)
    put(metrics, "Size", [{"Name": "Queue", "Value": "tasks-dlq"}], Value=10)
    put(metrics, "Size", [*DIMENSIONS, {"Name": "Kind", "Value": "a=b"}], Value=100)
    put(metrics, "Size", Value=1000)
    assert metrics.of(Queue="tasks").total("Size") == 1
    assert metrics.of(Kind="a=b", Queue="tasks").total("Size") == 100
    assert metrics.total("Size") == 1000
    listed = metrics.cloudwatch.list_metrics(Namespace=metrics.namespace, Dimensions=[{"Name": "Kind"}])
    assert listed["Metrics"] == [
        {
            "Namespace": metrics.namespace,
            "MetricName": "Size",
            "Dimensions": [{"Name": "Kind", "Value": "a=b"}, *DIMENSIONS],
        }
    ]


def test_values_are_aggregated(metrics: Metrics) -> None:
    """Single values, and values with counts, are combined if they belong to one minute."""
    put(metrics, "Size", Value=4)
    put(metrics, "Size", Values=[1, 2], Counts=[2, 1])
    found = {stat: metrics.total("Size", stat) for stat in ("SampleCount", "Sum", "Minimum", "Maximum")}
    assert found == {"SampleCount": 4, "Sum": 8, "Minimum": 1, "Maximum": 4}
    assert metrics.total("Size", "Average") == 2


def test_a_set_of_statistics_is_aggregated_with_values(metrics: Metrics) -> None:
    """StatisticValues and single values are aggregated in one data point."""
    put(metrics, "Size", Value=1)
    put(metrics, "Size", StatisticValues={"SampleCount": 3, "Sum": 12, "Minimum": 2, "Maximum": 6})
    assert metrics.total("Size") == 13


def test_percentiles(metrics: Metrics) -> None:
    """Percentiles are interpolated, and an unknown statistic is refused."""
    for value in range(101):
        put(metrics, "Known", Value=value)
    assert metrics.total("Known", "p50") == 50
    assert metrics.total("Known", "p99.5") == 99.5
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        metrics.total("Known", "median")


def test_a_period_begins_at_a_whole_minute(metrics: Metrics) -> None:
    """A period begins at a whole minute, even if the requested time does not."""
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    put(metrics, "Size", Value=1, Timestamp=at + timedelta(seconds=10))
    answer = metrics.cloudwatch.get_metric_statistics(
        Namespace=metrics.namespace,
        MetricName="Size",
        StartTime=at + timedelta(seconds=40),
        EndTime=at + timedelta(seconds=100),
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Timestamp"], point["Sum"], point["Unit"]) == (at, 1, "None")
