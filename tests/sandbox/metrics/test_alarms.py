"""States and notifications of metric alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from sandbox.process.state_file import Sandbox
from tests.eventually import eventually
from tests.sandbox.metrics.conftest import Metrics

Alarm = Callable[..., Callable[[], str]]


@pytest.fixture
def alarm(client: Callable[[str], Any], name: str) -> Iterator[Alarm]:
    """Provide a function that creates an alarm for a metric above 0, and returns a reader of its state."""
    cloudwatch = client("cloudwatch")
    with ExitStack() as stack:

        def make(**settings: Any) -> Callable[[], str]:
            cloudwatch.put_metric_alarm(
                **_without_none(
                    {
                        "AlarmName": name,
                        "Namespace": name,
                        "MetricName": "Size",
                        "Statistic": "Maximum",
                        "Period": 60,
                        "EvaluationPeriods": 1,
                        "Threshold": 0,
                        "ComparisonOperator": "GreaterThanThreshold",
                        **settings,
                    }
                )
            )
            stack.callback(cloudwatch.delete_alarms, AlarmNames=[name])
            return lambda: str(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])

        yield make


def _without_none(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def put(metrics: Metrics, value: float, *, ago: int = 0) -> None:
    """Put a value into the minute of the test's start, or `ago` minutes earlier."""
    at = metrics.began - timedelta(minutes=ago)
    datum = {"MetricName": "Size", "Value": value, "Timestamp": at}
    metrics.cloudwatch.put_metric_data(Namespace=metrics.namespace, MetricData=[datum])


def test_a_queue_that_fills_fires_and_one_that_is_emptied_is_ok(
    alarm: Alarm, client: Callable[[str], Any], name: str
) -> None:
    """An alarm on a queue's level fires and recovers promptly, and notifies its topic each time."""
    sqs, sns = client("sqs"), client("sns")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    told = sqs.create_queue(QueueName=f"{name}-told")["QueueUrl"]
    told_arn = sqs.get_queue_attributes(QueueUrl=told, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told_arn)
    state = alarm(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        AlarmActions=[topic],
        OKActions=[topic],
    )
    eventually(lambda: state() == "OK", every=0.2)
    sqs.send_message(QueueUrl=queue, MessageBody="body")
    eventually(lambda: state() == "ALARM", every=0.2)
    sqs.purge_queue(QueueUrl=queue)
    eventually(lambda: state() == "OK", every=0.2)

    states: list[str] = []

    def all_told() -> bool:
        for message in sqs.receive_message(QueueUrl=told, MaxNumberOfMessages=10).get("Messages", []):
            states.append(json.loads(json.loads(message["Body"])["Message"])["NewStateValue"])
            sqs.delete_message(QueueUrl=told, ReceiptHandle=message["ReceiptHandle"])
        return len(states) == 3

    eventually(all_told, every=0.2)
    assert sorted(states) == ["ALARM", "OK", "OK"]


def test_without_data_there_is_no_state(alarm: Alarm, metrics: Metrics) -> None:
    """An alarm's state is INSUFFICIENT_DATA until there is a value."""
    state = alarm()
    assert state() == "INSUFFICIENT_DATA"
    put(metrics, 1)
    eventually(lambda: state() == "ALARM", every=0.2)


def test_missing_data_may_be_good(alarm: Alarm) -> None:
    """With notBreaching, missing data counts as a value that does not breach."""
    state = alarm(TreatMissingData="notBreaching")
    eventually(lambda: state() == "OK", every=0.2)


def test_so_many_of_the_last_periods_must_breach(alarm: Alarm, metrics: Metrics) -> None:
    """An alarm on 2 of 3 periods fires if two of the last three breach."""
    for ago, value in ((5, 1), (4, 1), (3, 0), (2, 1), (1, 0)):
        put(metrics, value, ago=ago)
    state = alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    eventually(lambda: state() == "OK", every=0.2)
    put(metrics, 1)
    eventually(lambda: state() == "ALARM", every=0.2)


def test_a_short_period_finds_the_data_point_of_the_minute(alarm: Alarm, metrics: Metrics) -> None:
    """An alarm with a period of 10 s uses the data point of the whole minute."""
    metrics.cloudwatch.put_metric_data(
        Namespace=metrics.namespace, MetricData=[{"MetricName": "Size", "Value": 1}]
    )
    state = alarm(Period=10, TreatMissingData="ignore")
    eventually(lambda: state() == "ALARM", every=0.2)


def test_a_state_that_is_set_stays_until_the_next_evaluation(
    alarm: Alarm, metrics: Metrics, name: str
) -> None:
    """A state that is set lasts until the next evaluation, after 10 s if that is the alarm's period."""
    state = alarm(Period=10)
    set_at = time.monotonic()
    metrics.cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by hand")
    eventually(lambda: state() == "INSUFFICIENT_DATA", every=0.2)
    assert time.monotonic() - set_at > 9


def test_a_percentile_may_fire(alarm: Alarm, metrics: Metrics) -> None:
    """An alarm can watch a percentile, as an extended statistic."""
    for value in (0, 0, 0, 1):
        put(metrics, value, ago=1)
    state = alarm(Statistic=None, ExtendedStatistic="p90", Threshold=0.5)
    eventually(lambda: state() == "ALARM", every=0.2)


def test_alarms_are_found_by_prefix_and_state(metrics: Metrics, name: str) -> None:
    """DescribeAlarms applies both a prefix and a state."""
    cloudwatch = metrics.cloudwatch
    names = [f"{name}-{number}" for number in range(3)]
    for each in names:
        cloudwatch.put_metric_alarm(
            AlarmName=each,
            Namespace=name,
            MetricName="Size",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching" if each == names[2] else "missing",
        )

    def found(**asked: Any) -> list[str]:
        alarms = cloudwatch.describe_alarms(AlarmNamePrefix=name, **asked)["MetricAlarms"]
        return sorted(each["AlarmName"] for each in alarms)

    assert found() == names
    eventually(lambda: found(StateValue="OK") == names[2:], every=0.2)
    assert found(StateValue="INSUFFICIENT_DATA") == names[:2]
    cloudwatch.delete_alarms(AlarmNames=names)


def test_an_alarm_that_is_deleted_while_it_fires_is_gone(
    metrics: Metrics, sandbox: Sandbox, name: str
) -> None:
    """An alarm that is deleted while it is evaluated causes no error."""
    names = [f"{name}-{number}" for number in range(60)]
    for each in names:
        metrics.cloudwatch.put_metric_alarm(
            AlarmName=each,
            Namespace=name,
            MetricName="Size",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
    put(metrics, 1)

    def fire() -> bool:
        found = metrics.cloudwatch.describe_alarms(AlarmNamePrefix=f"{name}-", StateValue="ALARM")
        return bool(found["MetricAlarms"])

    eventually(fire, every=0.01, what="the first fires")
    metrics.cloudwatch.delete_alarms(AlarmNames=names)
    assert metrics.cloudwatch.describe_alarms(AlarmNamePrefix=f"{name}-")["MetricAlarms"] == []
    assert f"alarm {name}-" not in sandbox.log_file.read_text(errors="replace")
