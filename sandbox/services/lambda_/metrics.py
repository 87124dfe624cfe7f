"""Lambda's metrics: of invocations, of how many there are at once, and of events for asynchronous ones.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
Each is of all functions of a region, of a function, and of a version or alias of it (Resource, which is
`function:alias`, or the function's name where no qualifier was given); through an alias also of the version
that ran (ExecutedVersion): https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
ConcurrentExecutions is not published per version or alias here, and what is only about provisioned
concurrency, destinations and dead-letter queues of functions not at all.

The time of an invocation's metrics is that of its beginning. LocalStack 4.14.0 publishes Invocations and
Errors of functions, in a thread and one or two calls to CloudWatch for each invocation.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from localstack.aws.api.lambda_ import InvocationType, TooManyRequestsException
from localstack.services.lambda_.invocation.lambda_models import (
    Function,
    FunctionVersion,
    Invocation,
    InvocationResult,
    VersionIdentifier,
)

from sandbox.common.log_and_continue import contained
from sandbox.services.cloudwatch.store import METRICS, Dimensions, Metric, Sample, dimensions

NAMESPACE = "AWS/Lambda"

_DURATION = re.compile(r"\tDuration: (\d+(?:\.\d+)?) ms\t")


def invoke(run: Any, manager: Any, *, invocation: Invocation) -> InvocationResult:
    """Around LambdaVersionManager.invoke: every invocation of a version, whoever asks for it."""
    at = time.time()
    version: VersionIdentifier = manager.function_version.id
    try:
        result: InvocationResult = run(manager, invocation=invocation)
    except TooManyRequestsException:
        with contained("a throttle"):
            _add(version, invocation.invoked_arn, at, Throttles=(1, "Count"))
        raise
    with contained("an invocation"):
        of_event = {}
        if invocation.invocation_type == InvocationType.Event:
            waited = (datetime.fromtimestamp(at) - invocation.invoke_time).total_seconds()  # noqa: DTZ006 - as LocalStack has it
            of_event = {"AsyncEventAge": (max(0.0, waited * 1000), "Milliseconds")}
        _add(
            version,
            invocation.invoked_arn,
            at,
            Invocations=(1, "Count"),
            Errors=(int(result.is_error), "Count"),
            Duration=(_milliseconds(result, at), "Milliseconds"),
            **of_event,
        )
    return result


@contextmanager
def lease(
    take: Any, service: Any, function: Function | None, version: FunctionVersion, *args: Any, **kwargs: Any
) -> Iterator[Any]:
    """Around CountingService.get_invocation_lease, which counts the invocations that run."""
    with ExitStack() as stack:
        kind = stack.enter_context(take(service, function, version, *args, **kwargs))
        with contained("concurrency"):
            _add_concurrency(service, version.id)
        yield kind


def enqueue_event(enqueue: Any, manager: Any, invocation: Invocation) -> None:
    """Around LambdaEventManager.enqueue_event, which takes in what is to be processed asynchronously."""
    enqueue(manager, invocation)
    with contained("an event"):
        version = manager.version_manager.function_version.id
        _add(version, invocation.invoked_arn, time.time(), AsyncEventsReceived=(1, "Count"))


def drop_event(process: Any, poller: Any, event: Any, *args: Any, **kwargs: Any) -> None:
    """Around Poller.process_failure_destination, where an event ends that was not processed successfully."""
    with contained("an event that is dropped"):
        version = poller.version_manager.function_version.id
        _add(version, event.invocation.invoked_arn, time.time(), AsyncEventsDropped=(1, "Count"))
    process(poller, event, *args, **kwargs)


def start_thread(start: Callable[..., Any]) -> Callable[..., Any]:
    """LocalStack's function of that name, which starts none of those that put an invocation's metrics."""

    def start_other(method: Any, *args: Any, **kwargs: Any) -> Any:
        if str(kwargs.get("name")).startswith("record-cloudwatch-metric"):
            return None
        return start(method, *args, **kwargs)

    return start_other


def _add(version: VersionIdentifier, invoked_arn: str, at: float, **values: tuple[float, str]) -> None:
    """Add values with their units, by the metric's name, to each set of dimensions."""
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
    """What REPORT says, the last of an invocation's log, or else what the invocation took as seen here."""
    found = _DURATION.search(result.logs or "", (result.logs or "").rfind("REPORT RequestId: "))
    return float(found[1]) if found else (time.time() - at) * 1000
