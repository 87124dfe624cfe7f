"""Lambda's metrics of invocations, concurrency and asynchronous events.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

Each metric is published for all functions of a region, for a function, and for its version or alias
(Resource, which is `function:alias`, or the function's name without a qualifier). Through an alias it is also
published for the version that ran (ExecutedVersion):
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html

ConcurrentExecutions is not published by version or alias. Metrics of provisioned concurrency, destinations
and functions' dead-letter queues are not published at all.

An invocation's metrics have the time of its start. LocalStack publishes only Invocations and Errors, with a
thread and one or two calls to CloudWatch for each invocation.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from localstack.aws.api.lambda_ import RecursiveInvocationException, TooManyRequestsException
from localstack.services.lambda_.invocation import version_manager
from localstack.services.lambda_.invocation.counting_service import CountingService
from localstack.services.lambda_.invocation.event_manager import LambdaEventManager, Poller, SQSInvocation
from localstack.services.lambda_.invocation.lambda_models import (
    Function,
    FunctionVersion,
    Invocation,
    InvocationResult,
    VersionIdentifier,
)
from localstack.utils.patch import Patch

from sandbox.common.log_and_continue import contained
from sandbox.services.cloudwatch.store import METRICS, Dimensions, Metric, Sample, dimensions

NAMESPACE = "AWS/Lambda"

_DURATION = re.compile(r"\tDuration: (\d+(?:\.\d+)?) ms\t")


def install() -> None:
    """Start publishing the metrics in place of LocalStack's."""
    Patch(version_manager, "start_thread", start_thread(version_manager.start_thread)).apply()
    Patch.function(version_manager.LambdaVersionManager.invoke, invoke).apply()
    Patch.function(CountingService.get_invocation_lease, lease).apply()
    Patch.function(LambdaEventManager.enqueue_event, enqueue_event).apply()
    Patch.function(Poller.handle_message, handle_event).apply()
    Patch.function(Poller.process_failure_destination, drop_event).apply()


def invoke(run: Any, manager: Any, *, invocation: Invocation) -> InvocationResult:
    """Wrap LambdaVersionManager.invoke, to count a version's invocations, throttles and loops."""
    at = time.time()
    version: VersionIdentifier = manager.function_version.id
    try:
        result: InvocationResult = run(manager, invocation=invocation)
    except TooManyRequestsException:
        with contained("a throttle"):
            _add(version, invocation.invoked_arn, at, Throttles=(1, "Count"))
        raise
    except RecursiveInvocationException:
        with contained("a loop"):
            _add(version, invocation.invoked_arn, at, RecursiveInvocationsDropped=(1, "Count"))
        raise
    with contained("an invocation"):
        _add(
            version,
            invocation.invoked_arn,
            at,
            Invocations=(1, "Count"),
            Errors=(int(result.is_error), "Count"),
            Duration=(_milliseconds(result, at), "Milliseconds"),
        )
    return result


@contextmanager
def lease(
    take: Any, service: Any, function: Function | None, version: FunctionVersion, *args: Any, **kwargs: Any
) -> Iterator[Any]:
    """Wrap CountingService.get_invocation_lease, to measure concurrency."""
    with ExitStack() as stack:
        kind = stack.enter_context(take(service, function, version, *args, **kwargs))
        with contained("concurrency"):
            _add_concurrency(service, version.id)
        yield kind


def enqueue_event(enqueue: Any, manager: Any, invocation: Invocation) -> None:
    """Wrap LambdaEventManager.enqueue_event, to count accepted asynchronous events."""
    enqueue(manager, invocation)
    with contained("an event"):
        version = manager.version_manager.function_version.id
        _add(version, invocation.invoked_arn, time.time(), AsyncEventsReceived=(1, "Count"))


def handle_event(handle: Any, poller: Any, message: Any) -> None:
    """Wrap Poller.handle_message, to measure the age of an event before its invocation."""
    with contained("the age of an event"):
        now = time.time()
        event = SQSInvocation.decode(message["Body"]).invocation
        waited = (datetime.fromtimestamp(now) - event.invoke_time).total_seconds()  # noqa: DTZ006 - as LocalStack has it
        version = poller.version_manager.function_version.id
        _add(version, event.invoked_arn, now, AsyncEventAge=(max(0.0, waited * 1000), "Milliseconds"))
    handle(poller, message)


def drop_event(process: Any, poller: Any, event: Any, *args: Any, **kwargs: Any) -> None:
    """Wrap Poller.process_failure_destination, to count events that are dropped."""
    with contained("a dropped event"):
        version = poller.version_manager.function_version.id
        _add(version, event.invocation.invoked_arn, time.time(), AsyncEventsDropped=(1, "Count"))
    process(poller, event, *args, **kwargs)


def start_thread(start: Callable[..., Any]) -> Callable[..., Any]:
    """Return LocalStack's `start_thread` without the threads that publish metrics."""

    def start_other(method: Any, *args: Any, **kwargs: Any) -> Any:
        if str(kwargs.get("name")).startswith("record-cloudwatch-metric"):
            return None
        return start(method, *args, **kwargs)

    return start_other


def _add(version: VersionIdentifier, invoked_arn: str, at: float, **values: tuple[float, str]) -> None:
    """Add values with their units, by metric name, for each set of dimensions."""
    qualifier = invoked_arn.split(":", 7)[7:]
    METRICS.add(
        Sample(Metric(version.account, version.region, NAMESPACE, name, each), ((value, 1),), at, unit)
        for each in _dimension_sets(
            version.function_name, qualifier[0] if qualifier else None, version.qualifier
        )
        for name, (value, unit) in values.items()
    )


@lru_cache
def _dimension_sets(function: str, qualifier: str | None, version: str) -> tuple[Dimensions, ...]:
    of_function = {"FunctionName": function}
    of_resource = of_function | {"Resource": f"{function}:{qualifier}" if qualifier else function}
    sets = [{}, of_function, of_resource]
    if qualifier not in (None, version):
        sets.append(of_resource | {"ExecutedVersion": version})
    return tuple(map(dimensions, sets))


def _add_concurrency(service: Any, version: VersionIdentifier) -> None:
    tracker = service.on_demand_concurrency_trackers[version.account, version.region]
    running = dict(tracker.concurrent_executions)
    at = time.time()
    for value, of in (
        (sum(running.values()), ()),
        (running.get(version.unqualified_arn(), 0), (("FunctionName", version.function_name),)),
    ):
        metric = Metric(version.account, version.region, NAMESPACE, "ConcurrentExecutions", of)
        METRICS.count(metric, value, at=at, unit="Count")


def _milliseconds(result: InvocationResult, at: float) -> float:
    """Return the duration in milliseconds from the log's REPORT line, or since `at` if there is none."""
    found = _DURATION.search(result.logs or "", (result.logs or "").rfind("REPORT RequestId: "))
    return float(found[1]) if found else (time.time() - at) * 1000
