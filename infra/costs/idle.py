"""Costs of a stage in a month without tasks."""

from collections.abc import Iterator

from infra.costs import assumptions, prices
from infra.costs.line import Line
from infra.costs.prices import SECONDS_PER_MONTH
from infra.costs.stack import Schedule, Stack
from lambdas.store.item import SHARDS

_GB = 1e9

PRICED = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::KMS::Key",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
    }
)
"""Types of resources that cost money while the stage is idle."""

FREE = {
    "AWS::ApiGateway::Deployment": "costs nothing",
    "AWS::ApiGateway::RestApi": "billed per request",
    "AWS::ApiGateway::Stage": "billed per request, without a cache",
    "AWS::ApiGateway::UsagePlan": "costs nothing",
    "AWS::IAM::Role": "costs nothing",
    "AWS::Lambda::EventInvokeConfig": "costs nothing",
    "AWS::Lambda::Permission": "costs nothing",
    "AWS::Logs::LogGroup": "billed by volume, in the line for logs",
    "AWS::S3::Bucket": "billed by storage and per request",
    "AWS::S3::BucketPolicy": "costs nothing",
    "AWS::SNS::Topic": "billed per message",
    "AWS::SNS::TopicPolicy": "costs nothing",
    "AWS::SQS::Queue": "billed per request, in the line for pollers",
    "AWS::SQS::QueuePolicy": "costs nothing",
    "AWS::SSM::Parameter": "a standard parameter costs nothing",
}
"""Types of resources without a line of their own in an idle month, with the reasons."""


def idle_month(stack: Stack) -> list[Line]:
    """Return the bill of an idle month."""
    return [
        line
        for line in (
            *_scheduled(stack),
            *_ready(stack),
            *_watching(stack),
            *_keys(stack),
            Line(
                resource="pollers of the queues",
                quantity=len(stack.of_type("AWS::Lambda::EventSourceMapping"))
                * assumptions.POLLERS
                * SECONDS_PER_MONTH
                / assumptions.POLL_SECONDS,
                price=prices.FIFO_REQUEST,
            ),
        )
        if line.quantity
    ]


def _scheduled(stack: Stack) -> Iterator[Line]:
    for schedule in stack.schedules():
        function, name = schedule.function, schedule.function.name
        seconds, until_idle = _loop(schedule)
        duration = assumptions.seconds_per_run(seconds, until_idle=until_idle)
        shards = int(function.variables.get("INDEX_SHARDS", SHARDS))
        reads = assumptions.reads_per_run(seconds, until_idle=until_idle, shards=shards)
        yield Line(resource=f"{name}: runs", quantity=schedule.runs, price=prices.LAMBDA_REQUEST)
        yield Line(
            resource=f"{name}: time",
            quantity=schedule.runs * duration * function.memory_gb,
            price=prices.LAMBDA_GB_SECOND[function.architecture],
        )
        yield Line(resource=f"{name}: reads", quantity=schedule.runs * reads, price=prices.READ_UNIT)
        if function.traced:
            # The first request of each second is traced.
            yield Line(resource=f"{name}: traces", quantity=schedule.runs, price=prices.TRACE)
        yield Line(
            resource=f"{name}: logs",
            quantity=schedule.runs * assumptions.RUN_LOG_BYTES / _GB,
            price=prices.LOG_GB,
        )


def _loop(schedule: Schedule) -> tuple[float, bool]:
    return float(schedule.input.get("forSeconds", 0)), bool(schedule.input.get("untilIdle"))


def _ready(stack: Stack) -> Iterator[Line]:
    for function in stack.functions().values():
        yield Line(
            resource=f"{function.name}: provisioned ({function.provisioned})",
            quantity=function.provisioned * function.memory_gb * SECONDS_PER_MONTH,
            price=prices.PROVISIONED_GB_SECOND[function.architecture],
        )
        if function.snap_start:
            yield Line(
                resource=f"{function.name}: snapshot",
                quantity=function.memory_gb * SECONDS_PER_MONTH,
                price=prices.SNAPSHOT_GB_SECOND,
            )


def _watching(stack: Stack) -> Iterator[Line]:
    standard = high = 0
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        read = [query["MetricStat"] for query in alarm.get("Metrics", []) if "MetricStat" in query] or [alarm]
        if min(each["Period"] for each in read) < 60:
            high += len(read)
        else:
            standard += len(read)
    yield Line(resource="alarms", quantity=standard, price=prices.ALARM_METRIC)
    yield Line(resource="alarms", quantity=high, price=prices.ALARM_METRIC_HIGH_RESOLUTION)
    dashboards = len(stack.of_type("AWS::CloudWatch::Dashboard"))
    yield Line(resource="dashboards", quantity=dashboards, price=prices.DASHBOARD)


def _keys(stack: Stack) -> Iterator[Line]:
    yield Line(resource="keys", quantity=len(stack.of_type("AWS::KMS::Key")), price=prices.KMS_KEY)
    encrypted = sum(
        "KMSMasterKeyId" in table.get("SSESpecification", {})
        for table in stack.of_type("AWS::DynamoDB::Table").values()
    )
    # release_tasks reads every table once a minute.
    yield Line(
        resource="keys: uses by the tables",
        quantity=encrypted * SECONDS_PER_MONTH / assumptions.KMS_SECONDS,
        price=prices.KMS_REQUEST,
    )
