"""DynamoDB's metrics of throttling and of the latency of successful requests.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

A throttled request counts for its table or for the index that it names. Only injected faults throttle here
(`sandbox.faults`), so throttling of writes by an index and by its table cannot be distinguished. Consumed
capacity is not published. LocalStack publishes none of these metrics.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.common.log_and_continue import contained
from sandbox.services.cloudwatch.store import METRICS, Metric, Sample, dimensions

NAMESPACE = "AWS/DynamoDB"

THROTTLES = ("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException")
"""Throttling errors: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""

_READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
_EVENTS = {
    **dict.fromkeys(_READS, "ReadThrottleEvents"),
    **dict.fromkeys(_WRITES, "WriteThrottleEvents"),
}


def install() -> None:
    """Start measuring requests."""
    from localstack.aws import handlers

    handlers.serve_custom_service_request_handlers.append(_begin)
    # After the handlers that change a response, such as those of faults.
    handlers.run_custom_finalizers.append(_count)


def _begin(_chain: Any, context: Any, _response: Any) -> None:
    if _is_counted(context):
        context.dynamodb_began = time.perf_counter()


def _count(_chain: Any, context: Any, response: Any) -> None:
    if not _is_counted(context):
        return
    with contained("a request to a table"):
        began: float | None = context.get("dynamodb_began")  # missing if a fault came first
        if response.status_code < 300 and began is not None:
            METRICS.add(_successes(context, (time.perf_counter() - began) * 1000))
        elif getattr(context.service_exception, "code", None) in THROTTLES:
            METRICS.add(_throttles(context))


def _is_counted(context: Any) -> bool:
    operation = context.operation
    return bool(operation and context.service.service_name == "dynamodb" and operation.name in _EVENTS)


def _successes(context: Any, took: float) -> Iterator[Sample]:
    for table, _ in _tables(context.service_request):
        of = {"TableName": table, "Operation": context.operation.name}
        yield _sample(context, "SuccessfulRequestLatency", of, took, "Milliseconds")


def _throttles(context: Any) -> Iterator[Sample]:
    operation = context.operation.name
    for table, index in _tables(context.service_request):
        of_index = {"GlobalSecondaryIndexName": index} if index else {}
        yield _sample(context, _EVENTS[operation], {"TableName": table, **of_index}, 1, "Count")
        yield _sample(context, "ThrottledRequests", {"TableName": table, "Operation": operation}, 1, "Count")


def _tables(request: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the tables of a request, each with the index that is read, or None."""
    if "TableName" in request:
        yield _name(request["TableName"]), request.get("IndexName")
    for table in request.get("RequestItems") or ():
        yield _name(table), None
    for item in request.get("TransactItems") or ():
        for action in item.values():
            yield _name(action["TableName"]), None


def _name(table: str) -> str:
    """Return a table's name, from a name or an ARN: arn:aws:dynamodb:us-east-1:000000000000:table/name."""
    return table.rpartition("/")[2]


def _sample(context: Any, name: str, of: Mapping[str, str], value: float, unit: str) -> Sample:
    metric = Metric(context.account_id, context.region, NAMESPACE, name, dimensions(of))
    return Sample(metric, ((value, 1),), time.time(), unit)
