"""Monthly costs of tasks that succeed at their first attempt, in addition to the idle month."""

from collections.abc import Iterator

from infra.costs import assumptions, prices
from infra.costs.line import Line
from infra.costs.prices import HOURS_PER_MONTH, SECONDS_PER_MONTH
from infra.costs.stack import Function, Stack
from infra.costs.write_units import (
    WRITES,
    apart_bytes,
    is_object,
    object_bytes,
    record_bytes,
    write_units,
)
from lambdas.store.objects import Keep
from lambdas.store.payloads import KEPT

_GB = 1e9
_MONTHS_PER_DAY = 24 / HOURS_PER_MONTH
_DURATIONS = {"submit_task": assumptions.SUBMIT_SECONDS, "process_task": assumptions.PROCESS_SECONDS}


def tasks_month(stack: Stack, tasks: int, payload_bytes: int) -> list[Line]:
    """Return the bill for a number of tasks a month, spread evenly over it.

    Args:
        stack: The stage's stack.
        tasks: Number of tasks.
        payload_bytes: Size of each task's payload, and of its result.
    """
    return [line for line in _lines(stack, tasks, payload_bytes) if line.quantity] if tasks else []


def _lines(stack: Stack, tasks: int, payload_bytes: int) -> Iterator[Line]:
    requests = tasks * assumptions.API_REQUESTS
    yield Line(resource="API: requests", quantity=requests, price=prices.API_REQUEST)
    functions = {each.name: each for each in stack.functions().values() if each.name in _DURATIONS}
    for name, function in functions.items():
        yield Line(resource=f"{name}: invocations", quantity=tasks, price=prices.LAMBDA_REQUEST)
        yield Line(
            resource=f"{name}: time",
            quantity=tasks * _DURATIONS[name] * function.memory_gb,
            price=_per_gb_second(function),
        )
    yield Line(
        resource="task queue: requests",
        quantity=tasks * assumptions.QUEUE_REQUESTS,
        price=prices.FIFO_REQUEST,
    )
    yield Line(
        resource="tables: writes", quantity=tasks * write_units(payload_bytes), price=prices.WRITE_UNIT
    )
    # The number of stored tasks, once the first ones have begun to expire.
    months = int(functions["process_task"].variables["TASK_RETENTION_DAYS"]) * _MONTHS_PER_DAY
    item_months = (record_bytes(WRITES[-1], payload_bytes) + KEPT * apart_bytes(payload_bytes)) * months
    stored = tasks * item_months / _GB
    yield Line(resource="tables: storage", quantity=stored, price=prices.TABLE_GB_MONTH)
    if _can_be_restored(stack):
        yield Line(resource="tables: recovery", quantity=stored, price=prices.RECOVERY_GB_MONTH)
    if is_object(payload_bytes):
        # Payload and result are written once each, and read by the work and by the submitter.
        yield Line(resource="bucket: writes", quantity=2 * tasks, price=prices.OBJECT_WRITTEN)
        yield Line(resource="bucket: reads", quantity=3 * tasks, price=prices.OBJECT_READ)
        kept = tasks * object_bytes(payload_bytes) / _GB * _object_days(stack) * _MONTHS_PER_DAY
        yield Line(resource="bucket: storage", quantity=kept, price=prices.BUCKET_GB_MONTH)
    # A submission's trace begins in the API. An invocation by the queue has a trace of its own, with links to
    # those of its tasks: https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html
    traced = sum(function.traced for function in functions.values())
    yield Line(resource="traces", quantity=traced * _sampled(tasks), price=prices.TRACE)
    yield Line(resource="logs", quantity=tasks * assumptions.TASK_LOG_BYTES / _GB, price=prices.LOG_GB)
    metrics = assumptions.TASK_METRICS + len(functions) * assumptions.MEMORY_METRICS
    yield Line(resource="metrics of a kind", quantity=metrics, price=prices.CUSTOM_METRIC)
    if _has_detailed_metrics(stack):
        yield Line(
            resource="metrics of the API", quantity=assumptions.API_METRICS, price=prices.CUSTOM_METRIC
        )
    yield Line(resource="keys: uses", quantity=_key_uses(stack, tasks), price=prices.KMS_REQUEST)


def _per_gb_second(function: Function) -> prices.Price:
    by_architecture = prices.LAMBDA_GB_SECOND_PROVISIONED if function.provisioned else prices.LAMBDA_GB_SECOND
    return by_architecture[function.architecture]


def _object_days(stack: Stack) -> int:
    """Return the days for which a task's payload and result are kept in the bucket, together."""
    [bucket] = stack.of_type("AWS::S3::Bucket").values()
    days = {rule["Id"]: rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]}
    return int(days[Keep.PAYLOAD]) + int(days[Keep.RESULT])


def _sampled(requests: int) -> float:
    """Return how many of a month's requests X-Ray traces, if they are spread evenly over it."""
    first = min(requests, SECONDS_PER_MONTH)
    return first + assumptions.SAMPLED * (requests - first)


def _can_be_restored(stack: Stack) -> bool:
    return any(
        table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        for table in stack.of_type("AWS::DynamoDB::Table").values()
    )


def _has_detailed_metrics(stack: Stack) -> bool:
    return any(
        setting.get("MetricsEnabled")
        for stage in stack.of_type("AWS::ApiGateway::Stage").values()
        for setting in stage.get("MethodSettings", [])
    )


def _key_uses(stack: Stack, tasks: int) -> float:
    """Return the number of KMS calls: for each principal one per task, but at most one in five minutes.

    The table is used by two functions. The queue has one sender, which counts twice, and one receiver:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    table = any(
        "KMSMasterKeyId" in each.get("SSESpecification", {})
        for each in stack.of_type("AWS::DynamoDB::Table").values()
    )
    queue = any("KmsMasterKeyId" in each for each in stack.of_type("AWS::SQS::Queue").values())
    return (2 * table + 3 * queue) * min(tasks, SECONDS_PER_MONTH / assumptions.KMS_SECONDS)
