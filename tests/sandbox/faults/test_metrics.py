"""Injected throttles in DynamoDB's metrics, counted as on AWS.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from collections.abc import Callable
from typing import Any

import pytest

from faultline.operations.faults import FaultClient
from tests.sandbox.faults.calls import Call, Calls
from tests.sandbox.metrics.conftest import Metrics

KEY = {"id": {"S": "a"}}


@pytest.fixture
def tables(client: Callable[[str], Any]) -> Metrics:
    return Metrics(client("cloudwatch"), "AWS/DynamoDB", {})


def test_throttled_reads_and_writes_are_told_apart(
    faults: FaultClient, calls: Calls, tables: Metrics
) -> None:
    """Throttled reads and writes are counted separately, as throttle events and as throttled requests."""
    table = calls.name
    of_table, of_reads = tables.of(TableName=table), tables.of(TableName=table, Operation="GetItem")
    of_writes = tables.of(TableName=table, Operation="PutItem")
    read: Call = ("dynamodb", "get_item", {"TableName": table, "Key": KEY})
    write: Call = ("dynamodb", "put_item", {"TableName": table, "Item": KEY})
    reads_before = of_table.total("ReadThrottleEvents") or 0
    writes_before = of_table.total("WriteThrottleEvents") or 0
    faults.add({"service": "dynamodb", "error": "ProvisionedThroughputExceeded"})
    calls.function(read, read, write)
    faults.clear()
    faults.add({"service": "dynamodb", "error": "ThrottlingException", "when": "after", "count": 1})
    calls.function(write)
    faults.clear()
    faults.add({"service": "dynamodb", "error": "InternalServerError"})
    calls.function(read, write)
    faults.clear()
    before = of_reads.total("SuccessfulRequestLatency", "SampleCount") or 0
    calls.function(read, write)
    of_table.expect(ReadThrottleEvents=reads_before + 2, WriteThrottleEvents=writes_before + 2)
    assert of_writes.total("ThrottledRequests") == of_table.total("WriteThrottleEvents")
    assert of_reads.total("SuccessfulRequestLatency", "SampleCount", unit="Milliseconds") == before + 1


def test_an_indexs_throttles_are_its_own(faults: FaultClient, calls: Calls, tables: Metrics) -> None:
    """A throttled query counts for the index, and as a throttled request of the table."""
    query = {
        "TableName": calls.name,
        "IndexName": "by-nothing",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "a"}},
    }
    faults.add({"service": "dynamodb", "operation": "Query", "error": "ProvisionedThroughputExceeded"})
    calls.function(("dynamodb", "query", query))
    faults.clear()
    tables.of(TableName=calls.name, GlobalSecondaryIndexName="by-nothing").expect(ReadThrottleEvents=1)
    tables.of(TableName=calls.name, Operation="Query").expect(ThrottledRequests=1)


def test_tables_of_one_request_are_told_apart(faults: FaultClient, calls: Calls, tables: Metrics) -> None:
    """A throttled transaction counts for each of its tables."""
    puts = [{"Put": {"TableName": table, "Item": KEY}} for table in (calls.name, f"{calls.name}-other")]
    faults.add({"service": "dynamodb", "error": "ProvisionedThroughputExceeded"})
    calls.function(("dynamodb", "transact_write_items", {"TransactItems": puts}))
    faults.clear()
    tables.of(TableName=f"{calls.name}-other").expect(WriteThrottleEvents=1)
