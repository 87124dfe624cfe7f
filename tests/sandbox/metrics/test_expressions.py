"""Metric math in GetMetricData and in alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.sandbox.metrics.conftest import Metrics

RATE = "IF(all >= 4, 100 * FILL(failed, 0) / all, 0)"


@pytest.fixture
def put(metrics: Metrics) -> Callable[..., None]:
    """Return a function that puts values of metrics into the test's first minute, or `ago` minutes before."""

    def put(*, ago: int = 0, **values: float) -> None:
        at = metrics.began - timedelta(minutes=ago)
        data: Any = [{"MetricName": name, "Value": value, "Timestamp": at} for name, value in values.items()]
        metrics.cloudwatch.put_metric_data(Namespace=metrics.namespace, MetricData=data)

    return put


def asked(namespace: str, name: str, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **more}


def answers(metrics: Metrics, *queries: dict[str, Any]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return list(
        metrics.cloudwatch.get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
        )["MetricDataResults"]
    )


def test_what_is_asked_for_is_returned(metrics: Metrics, put: Callable[..., None], name: str) -> None:
    """Metrics and expressions have the newest value first; those with ReturnData=False are left out."""
    put(all=10, failed=4)
    put(ago=2, all=20)
    everything = asked(name, "all", Label="everything")
    failed = asked(name, "failed", ReturnData=False)
    rate = {"Id": "rate", "Expression": RATE, "Label": "percent"}
    both = {"Id": "both", "Expression": "SUM(METRICS())"}
    found = answers(metrics, everything, failed, rate, both)
    assert [(each["Id"], each["Label"], each["Values"]) for each in found] == [
        ("all", "everything", [10, 20]),
        ("rate", "percent", [40, 0]),
        ("both", "both", [14, 20]),
    ]
    assert found[0]["Timestamps"][0] - found[0]["Timestamps"][1] == timedelta(minutes=2)


def test_what_is_wrong_is_refused(metrics: Metrics, name: str) -> None:
    """An invalid query is refused with a ValidationError that has the expression's id."""
    for expression in ("UNHEARD_OF(all)", "all +", "nobody", "SUM(all)"):
        with pytest.raises(ClientError, match=r"\(ValidationError\).*Error in expression 'wrong'"):
            answers(metrics, asked(name, "all"), {"Id": "wrong", "Expression": expression})


@pytest.fixture
def alarmed(client: Callable[[str], Any], name: str) -> Iterator[Callable[[], list[Any]]]:
    """Create an alarm on a rate, and return a function that reads its notifications."""
    sns, sqs, cloudwatch = client("sns"), client("sqs"), client("cloudwatch")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="Too much fails.",
        Metrics=[
            asked(name, "all", ReturnData=False),
            asked(name, "failed", ReturnData=False),
            {"Id": "rate", "Expression": RATE, "ReturnData": True},
        ],
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=30,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    told: list[Any] = []

    def look() -> list[Any]:
        received = sqs.receive_message(QueueUrl=queue).get("Messages", [])
        told.extend(json.loads(json.loads(message["Body"])["Message"]) for message in received)
        return told

    yield look
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_an_alarm_watches_an_expression(
    alarmed: Callable[[], list[Any]], metrics: Metrics, put: Callable[..., None], name: str
) -> None:
    """An alarm on an expression fires, and its notification has the expression's metrics, as on AWS."""
    [found] = metrics.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    put(all=3, failed=3)
    eventually(lambda: state(metrics, name) == "OK", every=0.2)
    assert alarmed() == []
    put(all=1)
    [told] = eventually(alarmed, every=0.2)
    assert told["AlarmName"] == name
    assert told["AlarmDescription"] == "Too much fails."
    assert (told["OldStateValue"], told["NewStateValue"]) == ("OK", "ALARM")
    assert told["AlarmArn"] == found["AlarmArn"]
    assert datetime.strptime(told["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z") <= datetime.now(UTC)
    assert told["Trigger"] == {
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 30.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
        "Metrics": [
            *(
                {
                    "Id": each,
                    "MetricStat": {
                        "Metric": {"Namespace": name, "MetricName": each, "Dimensions": []},
                        "Period": 60,
                        "Stat": "Sum",
                    },
                    "ReturnData": False,
                }
                for each in ("all", "failed")
            ),
            {"Id": "rate", "Expression": RATE, "ReturnData": True},
        ],
    }


def state(metrics: Metrics, name: str) -> str:
    return str(metrics.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


@pytest.mark.parametrize(
    ("expressions", "more"),
    [
        ({"e": "all + nobody"}, {}),
        ({"e": "SUM(all)"}, {}),
        ({"e": "SUM(METRICS())", "f": "all"}, {}),
        ({"e": "METRICS()"}, {}),
        ({"e": "all"}, {"MetricName": "all", "Namespace": "n"}),
    ],
)
def test_wrong_alarms_are_refused(
    metrics: Metrics, name: str, expressions: dict[str, str], more: dict[str, Any]
) -> None:
    """An alarm needs valid queries that return exactly one series, and cannot have a metric beside them."""
    queries = [{"Id": id, "Expression": text} for id, text in expressions.items()]
    with pytest.raises(ClientError, match="ValidationError"):
        metrics.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Metrics=[asked(name, "all", ReturnData=False), *queries],
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            **more,
        )
