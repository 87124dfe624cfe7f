"""Errors injected into a function's calls, as boto3 in the function raises them."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from faultline.operations.faults import FaultClient
from tests.sandbox.executor.localstack import ROLE, zipped
from tests.sandbox.faults.calls import OK, Calls
from tests.sandbox.waiting import wait_until_active

CLIENT_ERROR = "ClientError"  # botocore's, because the service's model has no such exception

TELLS_ITS_KEY = "import os\ndef handler(event, context): return os.environ['AWS_ACCESS_KEY_ID']"

THROUGHPUT = "ProvisionedThroughputExceededException"


@pytest.mark.parametrize(
    ("service", "given", "status", "code", "error"),
    [
        ("dynamodb", "ProvisionedThroughputExceeded", 400, THROUGHPUT, THROUGHPUT),
        ("dynamodb", "ThrottlingException", 400, "ThrottlingException", "ThrottlingException"),
        ("dynamodb", "InternalServerError", 500, "InternalServerError", "InternalServerError"),
        ("dynamodb", "ServiceUnavailable", 503, "ServiceUnavailable", CLIENT_ERROR),
        ("sqs", "RequestThrottled", 403, "RequestThrottled", "RequestThrottled"),
        ("sqs", "InternalFailure", 500, "InternalFailure", CLIENT_ERROR),
        ("sqs", "ServiceUnavailable", 503, "ServiceUnavailable", CLIENT_ERROR),
        ("ssm", "Throttling", 400, "ThrottlingException", "ThrottlingException"),
        ("ssm", "InternalServerError", 500, "InternalServerError", "InternalServerError"),
        ("sns", "ThrottledException", 429, "Throttled", "ThrottledException"),
        ("sns", "InternalError", 500, "InternalError", "InternalErrorException"),
        ("sns", "ServiceUnavailable", 503, "ServiceUnavailable", CLIENT_ERROR),
        ("lambda", "TooManyRequests", 429, "TooManyRequestsException", "TooManyRequestsException"),
        ("s3", "SlowDown", 503, "SlowDown", CLIENT_ERROR),
    ],
)
def test_an_error_is_the_services_own(
    faults: FaultClient, calls: Calls, service: str, given: str, status: int, code: str, error: str
) -> None:
    """An injected error has AWS's code, status and exception; without the fault, calls succeed."""
    faults.add({"service": service, "error": given})
    hit = calls.function(calls.of(service))
    faults.clear()
    assert hit == [{"status": status, "code": code, "error": error}]
    assert calls.function(calls.of(service)) == [OK]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (
            "InternalServerError",
            {"status": 500, "code": "InternalServerError", "error": "InternalServerError"},
        ),
        ("ConnectionReset", {"error": "ConnectionClosedError"}),
    ],
)
def test_a_call_is_made_or_not(
    faults: FaultClient, calls: Calls, when: str, error: str, seen: dict[str, Any]
) -> None:
    """With `before` the call is not made; with `after` it is, although the function gets an error."""
    write, made = calls.put_item()
    faults.add({"service": "dynamodb", "error": error, "when": when})
    assert calls.function(write, calls.of("ssm")) == [seen, OK]
    assert made() is (when == "after")


def test_the_operator_is_never_hit(faults: FaultClient, calls: Calls) -> None:
    """Faults that always hit the function never hit the operator's calls of the same services."""
    services = ["dynamodb", "sqs", "ssm", "sns", "s3"]
    faults.put([{"service": each, "error": "ConnectionReset"} for each in services])
    for each in services:
        calls.operator(calls.of(each))
    assert [each["hits"] for each in faults.get()] == [0] * 5
    assert calls.function(*map(calls.of, services)) == [{"error": "ConnectionClosedError"}] * 5
    assert [each["hits"] for each in faults.get()] == [1] * 5


def test_an_operation_is_hit_alone(faults: FaultClient, calls: Calls) -> None:
    """A rule for an operation does not affect other operations or services."""
    read = ("dynamodb", "get_item", {"TableName": calls.name, "Key": {"id": {"S": "none"}}})
    faults.add({"service": "dynamodb", "operation": "PutItem", "error": "InternalServerError"})
    hit, *others = calls.function(calls.of("dynamodb"), read, calls.of("sqs"))
    assert (hit["code"], others) == ("InternalServerError", [OK, OK])


def test_a_count_is_kept(faults: FaultClient, calls: Calls) -> None:
    """A rule has no effect after `count` hits, and stays listed."""
    added = faults.add({"service": "ssm", "error": "InternalServerError", "count": 2})
    outcomes = calls.function(*[calls.of("ssm")] * 4)
    assert [each["status"] for each in outcomes] == [500, 500, 200, 200]
    assert faults.get() == [{**added, "hits": 2}]


def test_a_seed_makes_chance_repeatable(faults: FaultClient, calls: Calls) -> None:
    """With a seed, the hits follow its random sequence each time."""
    rule = {"service": "ssm", "error": "InternalServerError", "probability": 0.5}
    draws = random.Random(4711)
    expected = [500 if draws.random() < 0.5 else 200 for _ in range(20)]
    for _ in range(2):
        faults.put([rule], seed=4711)
        assert [each["status"] for each in calls.function(*[calls.of("ssm")] * 20)] == expected


def test_rules_work_together(faults: FaultClient, calls: Calls) -> None:
    """The first error that hits ends the evaluation of a call's rules; latencies do not."""
    faults.put(
        [
            {"service": "ssm", "latencyMs": 1},
            {"service": "ssm", "error": "InternalServerError", "count": 1},
            {"service": "ssm", "error": "ThrottlingException"},
        ]
    )
    outcomes = calls.function(calls.of("ssm"), calls.of("ssm"))
    assert [each["code"] for each in outcomes] == ["InternalServerError", "ThrottlingException"]
    assert [each["hits"] for each in faults.get()] == [2, 1, 1]


def test_a_borrowed_key_is_the_operators(
    faults: FaultClient, calls: Calls, client: Callable[[str], Any]
) -> None:
    """A function configured with the operator's access key does not make the operator's calls a target."""
    functions = client("lambda")
    name = f"{calls.name}-borrows"
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=ROLE,
        Timeout=60,
        Code={"ZipFile": zipped(TELLS_ITS_KEY)},
        Environment={"Variables": {"AWS_ACCESS_KEY_ID": "test"}},
    )
    wait_until_active(functions, name)
    try:
        assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == "test"
        faults.add({"service": "ssm", "error": "InternalServerError"})
        calls.operator(calls.of("ssm"))
    finally:
        functions.delete_function(FunctionName=name)
