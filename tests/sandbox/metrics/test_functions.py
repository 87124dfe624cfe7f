"""Lambda's metrics.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.metrics.conftest import Metrics


@pytest.fixture
def measured(client: Callable[[str], Any], function: str) -> Metrics:
    """Return the metrics of the function."""
    return Metrics(client("cloudwatch"), "AWS/Lambda", {"FunctionName": function})


@pytest.fixture
def invoke(
    client: Callable[[str], Any], function: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Return a function that invokes the function, with one retry instead of boto3's usual four."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    functions = client("lambda")

    def invoked(qualifier: str | None = None, kind: str = "RequestResponse", **event: Any) -> Any:
        which = {"Qualifier": qualifier} if qualifier else {}
        return functions.invoke(
            FunctionName=function, Payload=json.dumps(event), InvocationType=kind, **which
        )

    return invoked


def test_invocations_and_errors_are_counted(measured: Metrics, invoke: Callable[..., Any]) -> None:
    """Errors count as invocations, and a success counts as 0 errors, so that their average is a rate."""
    for fail in (False, True, False, False):
        invoke(fail=fail)
    measured.expect(Invocations=4, Errors=1)
    assert measured.total("Errors", "Average") == 0.25
    assert measured.total("Throttles") is None
    assert measured.total("Invocations", unit="Count") == 4


def test_durations_are_milliseconds(measured: Metrics, invoke: Callable[..., Any]) -> None:
    """Durations are reported in milliseconds, and have percentiles."""
    for sleep in (0, 0, 0, 0.3):
        invoke(sleep=sleep)
    measured.expect(Invocations=4)
    longest = measured.total("Duration", "Maximum", unit="Milliseconds") or 0
    median = measured.total("Duration", "p50") or 0
    assert 300 <= longest < 3000
    assert 0 < median < 300
    assert median < (measured.total("Duration", "p99") or 0) <= longest
    assert measured.total("Duration", "p100") == longest


def test_metrics_are_by_version_and_alias(
    measured: Metrics, invoke: Callable[..., Any], client: Callable[[str], Any], function: str
) -> None:
    """Invocations are counted for the function, the invoked resource, and the version behind an alias."""
    functions = client("lambda")
    version = functions.publish_version(FunctionName=function)["Version"]
    functions.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    eventually(
        lambda: (
            functions.get_function_configuration(FunctionName=f"{function}:{version}")["State"] == "Active"
        )
    )
    invoke()
    invoke(version)
    invoke("live")
    measured.expect(Invocations=3)
    resources = {function: 1, f"{function}:{version}": 1, f"{function}:live": 1}
    for resource, count in resources.items():
        measured.of(FunctionName=function, Resource=resource).expect(Invocations=count)
    measured.of(FunctionName=function, Resource=f"{function}:live", ExecutedVersion=version).expect(
        Invocations=1
    )


def test_throttled_invocations_are_no_invocations(
    measured: Metrics, invoke: Callable[..., Any], client: Callable[[str], Any], function: str
) -> None:
    """Throttled invocations count as Throttles, and neither as invocations nor as errors."""
    invoke()
    functions = client("lambda")
    functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException) as refused:
        invoke()
    attempts = 1 + refused.value.response["ResponseMetadata"]["RetryAttempts"]
    measured.expect(Throttles=attempts, Invocations=1, Errors=0)


def test_concurrent_executions_are_counted(measured: Metrics, invoke: Callable[..., Any]) -> None:
    """The maximum of ConcurrentExecutions is the number of simultaneous invocations."""
    with ThreadPoolExecutor(3) as callers:
        list(callers.map(lambda _: invoke(sleep=1), range(3)))
    eventually(lambda: measured.total("ConcurrentExecutions", "Maximum") == 3, every=0.2)
    everywhere = measured.of().total("ConcurrentExecutions", "Maximum") or 0
    assert everywhere >= 3


def test_events_are_counted(
    measured: Metrics, invoke: Callable[..., Any], client: Callable[[str], Any], function: str
) -> None:
    """Asynchronous events have metrics for received and dropped ones, and for their age."""
    client("lambda").put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    invoke(kind="Event")
    invoke(kind="Event", fail=True)
    measured.expect(AsyncEventsReceived=2, Invocations=2, Errors=1, AsyncEventsDropped=1)
    [youngest] = eventually(
        lambda: measured.values("AsyncEventAge", "Minimum", period=900, unit="Milliseconds"), every=0.2
    )
    assert youngest >= 0


def test_a_function_that_is_gone_keeps_its_metrics(
    measured: Metrics, invoke: Callable[..., Any], client: Callable[[str], Any], function: str
) -> None:
    """A deleted function's metrics are kept."""
    invoke()
    measured.expect(Invocations=1)
    named = client("cloudwatch").list_metrics(
        Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": function}]
    )["Metrics"]
    assert {each["MetricName"] for each in named} == {
        "Invocations",
        "Errors",
        "Duration",
        "ConcurrentExecutions",
    }
