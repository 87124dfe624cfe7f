"""Faults of LocalStack in CloudWatch metrics and alarms whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from localstack.services import apigateway, dynamodb
from localstack.services.cloudwatch import alarm_scheduler, provider_v2
from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
from localstack.services.lambda_.invocation import metrics, version_manager
from localstack.services.logs import provider as logs_provider
from localstack.services.sqs import provider as sqs_provider

AT = datetime(2026, 3, 1, 12, 0, 50, tzinfo=UTC)
TASKS = [{"Name": "QueueName", "Value": "tasks"}]
OWNER = {"account_id": "000000000000", "region": "us-east-1"}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CloudwatchDatabase:
    """Create LocalStack's own database, with a value for the queue `tasks`."""
    monkeypatch.setattr(CloudwatchDatabase, "CLOUDWATCH_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr(CloudwatchDatabase, "METRICS_DB", str(tmp_path / "metrics.db"))
    monkeypatch.setattr(CloudwatchDatabase, "METRICS_DB_READ_ONLY", f"file:{tmp_path / 'metrics.db'}?mode=ro")
    made = CloudwatchDatabase()
    put(made, TASKS, 1)
    return made


def put(database: CloudwatchDatabase, dimensions: Any, value: float) -> None:
    data: Any = [{"MetricName": "Sent", "Dimensions": list(dimensions), "Value": value, "Timestamp": AT}]
    database.add_metric_data(**OWNER, namespace="AWS/SQS", metric_data=data)


def ask(database: CloudwatchDatabase, stat: str, *, start: datetime = AT) -> dict[str, list[Any]]:
    metric = {"Namespace": "AWS/SQS", "MetricName": "Sent", "Dimensions": list(TASKS)}
    query: Any = {"MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
    found: dict[str, list[Any]] = database.get_metric_data_stat(
        **OWNER,
        query=query,
        start_time=start,
        end_time=start + timedelta(minutes=1),
        scan_by="TimestampAscending",
    )
    return found


@pytest.mark.parametrize(
    "other",
    [
        [{"Name": "QueueName", "Value": "tasks-dlq"}],
        [*TASKS, {"Name": "Kind", "Value": "echo"}],
    ],
)
def test_metrics_are_mixed_up(database: CloudwatchDatabase, other: list[Any]) -> None:
    """Values with other or further dimensions are counted for a metric (cloudwatch.database)."""
    put(database, other, 100)
    assert ask(database, "Sum")["values"] == [101]


def test_there_are_no_percentiles(database: CloudwatchDatabase) -> None:
    """A query for a percentile raises KeyError (sandbox.services.cloudwatch.database)."""
    with pytest.raises(KeyError):
        ask(database, "p50")


def test_periods_begin_anywhere(database: CloudwatchDatabase) -> None:
    """Periods begin at the requested second (sandbox.services.cloudwatch.database)."""
    assert ask(database, "Sum", start=AT - timedelta(seconds=7))["timestamps"] == [AT.timestamp() - 7]


def test_a_value_with_an_equals_sign_cannot_be_listed(database: CloudwatchDatabase) -> None:
    """A dimension value that contains an equals sign cannot be listed (cloudwatch.database)."""
    put(database, [{"Name": "Kind", "Value": "a=b"}], 1)
    with pytest.raises(ValueError, match="too many values"):
        database.list_metrics(**OWNER, namespace="AWS/SQS", metric_name="Sent", dimensions=[])


def test_each_value_is_a_transaction() -> None:
    """Each metric datum is written through a connection of its own (cloudwatch.database)."""
    adding = inspect.getsource(CloudwatchDatabase.add_metric_data)
    assert adding.index("for metric in metric_data") < adding.index("sqlite3.connect(")


def test_each_message_is_a_call_to_cloudwatch() -> None:
    """Each sent message is counted by a call to CloudWatch, even a duplicate (sqs.metrics)."""
    assert "self.executor.submit(" in inspect.getsource(sqs_provider.CloudwatchDispatcher.dispatch_sqs_metric)
    putting = inspect.getsource(sqs_provider.SqsProvider._put_message)
    assert putting.index("dispatch_metric_message_sent") < putting.index("queue.put(")


def test_levels_are_three() -> None:
    """The oldest message's age and the metrics of FIFO queues are missing (sandbox.services.sqs.metrics)."""
    source = inspect.getsource(sqs_provider)
    assert "ApproximateAgeOfOldestMessage is missing" in source
    assert "GroupsWithInflightMessages" not in source


def test_each_invocation_starts_a_thread() -> None:
    """Each invocation starts a thread to publish only two metrics (sandbox.services.lambda_.metrics)."""
    source = inspect.getsource(version_manager.LambdaVersionManager.invoke)
    assert source.count("start_thread(") == source.count('name=f"record-cloudwatch-metric') == 2
    published = inspect.getsource(metrics)
    assert published.count("publish_lambda_metric(") == 3
    assert "Duration" not in published


def test_log_events_have_no_metrics() -> None:
    """Embedded metrics in log events are ignored (sandbox.services.logs.metrics)."""
    assert "_aws" not in inspect.getsource(logs_provider).replace("get_aws", "").replace("localstack.aws", "")


def alarm(**settings: Any) -> Any:
    return {"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, **settings}


def test_an_alarm_stays_in_alarm() -> None:
    """An alarm on one period stays in alarm because of earlier periods (cloudwatch.alarms)."""
    assert alarm_scheduler.is_threshold_exceeded([0, 1, 1], alarm())


def test_an_alarm_is_evaluated_once_in_all_its_periods() -> None:
    """An alarm on 5 minutes is evaluated only every 5 minutes (sandbox.services.cloudwatch.alarms)."""
    source = inspect.getsource(alarm_scheduler.AlarmScheduler.schedule_metric_alarm)
    assert "schedule_period = evaluation_periods * period" in source


def test_there_is_no_metric_math() -> None:
    """Every query is treated as a metric and returned (sandbox.services.cloudwatch.metric_data)."""
    source = inspect.getsource(CloudwatchProvider.get_metric_data)
    assert 'query["MetricStat"][diff]' in source
    assert "ReturnData" not in source
    assert "Expression" not in inspect.getsource(alarm_scheduler)


def test_metric_math_is_not_told() -> None:
    """Notifications lack metric math and DatapointsToAlarm (cloudwatch.notification)."""
    source = inspect.getsource(provider_v2.create_message_response_update_state_sns)
    assert "Metrics" not in source
    assert "DatapointsToAlarm" not in source


def test_requests_of_apis_and_tables_have_no_metrics() -> None:
    """API Gateway and DynamoDB publish no metrics (apigateway.metrics, dynamodb.metrics)."""
    for service in (apigateway, dynamodb):
        sources = Path(service.__path__[0]).rglob("*.py")
        assert not [source for source in sources if "metric_data(" in source.read_text()]


def test_alarms_are_found_by_one_condition() -> None:
    """DescribeAlarms applies only one of several conditions (sandbox.services.cloudwatch.describe_alarms)."""
    source = inspect.getsource(CloudwatchProvider.describe_alarms)
    assert source.count("elif") == 3
