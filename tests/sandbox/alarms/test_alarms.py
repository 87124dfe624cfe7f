"""The stack's alarms: firing for their causes, notification, and recovery.

No alarm state is set by hand: tasks fail, functions hang or are throttled, tables throttle, and the
schedule is off. Only the use of memory and the lateness of releases are published by the test. A single test
covers all alarms, since each needs a minute or more to recover.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config

from faultline.operations.faults import FaultClient
from infra.stack.functions import FUNCTIONS
from lambdas.telemetry.metrics import NAMESPACE, STAGE, Metric
from tests.e2e.alerts import Alerts
from tests.e2e.direct import circuit, moved_by_sqs, opened
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import DEADLINE_SECONDS, eventually
from tests.unit.infra.metrics import AWS_METRICS

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=60)
NEVER_HERE = {("AWS/DynamoDB", "WriteThrottleEvents", frozenset({"TableName", "GlobalSecondaryIndexName"}))}
"""Metrics that the sandbox lacks: an injected throttle does not name an index among those written to."""


class Alarms:
    """The alarms of a stack, by their names without the stack's prefix."""

    def __init__(self, stack: Stack, alerts: Alerts) -> None:
        self._cloudwatch = stack.session.client("cloudwatch")
        self._prefix = f"{stack.settings.stack_name}-"
        self._alerts = alerts

    def states(self) -> dict[str, str]:
        found = self._cloudwatch.describe_alarms(AlarmNamePrefix=self._prefix)["MetricAlarms"]
        return {each["AlarmName"].removeprefix(self._prefix): each["StateValue"] for each in found}

    def told(self, name: str) -> list[str]:
        """Return the states that the topic was notified of, from the first ALARM on."""
        states = [str(each["NewStateValue"]) for each in self._alerts.of_alarm(self._prefix + name)]
        return states[states.index("ALARM") :] if "ALARM" in states else []

    def message(self, name: str) -> dict[str, Any]:
        """Return the first message of the topic about an ALARM."""
        found = self._alerts.of_alarm(self._prefix + name)
        return next(each for each in found if each["NewStateValue"] == "ALARM")

    def wait_for(self, names: set[str], *states: str, within: float = DEADLINE_SECONDS) -> None:
        """Wait until each alarm has reported these states, one after the other."""

        def missing() -> set[str]:
            return {name for name in names if not _follow(states, self.told(name))}

        try:
            eventually(lambda: not missing(), within=within, every=0.5)
        except AssertionError:
            raise AssertionError(f"after {within:g} s these have not told {states}: {missing()}") from None


def _follow(wanted: tuple[str, ...], told: list[str]) -> bool:
    rest = iter(told)
    return all(each in rest for each in wanted)


def all_of(what: str) -> set[str]:
    """Return the names of all functions' alarms with a suffix such as `errors`."""
    return {f"{function.replace('_', '-')}-{what}" for function in FUNCTIONS}


def test_each_alarm_fires_and_is_over(
    stack: Stack, alerts: Alerts, sink: Sink, own_faults: FaultClient
) -> None:
    """Each alarm fires for its cause and recovers afterwards, with notifications on the encrypted topic.

    Most alarms recover three minutes after the minute of their cause, so the causes follow each other
    closely, and those that wait for messages to age come last, since these alarms recover at once.
    """
    alarms = Alarms(stack, alerts)
    every = set(alarms.states())
    scheduled = stack.accepted(runAt=later(10).isoformat())
    outdated = stack.accepted()
    stack.ended(outdated)
    work_hangs(stack)
    tasks_die(stack)
    circuits_open(stack, sink)
    tables_throttle(stack, sink, own_faults)
    alarms.wait_for({"dead-letters", "dead-letter-surge", "failure-rate"}, "ALARM")
    alarms.wait_for({"circuit-opened"}, "ALARM")
    alarms.wait_for({"task-table-throttles", "circuit-table-throttles"}, "ALARM")
    alarms.wait_for({"api-errors"}, "ALARM")
    many_are_in_flight(stack)
    alarms.wait_for({"messages-in-flight"}, "ALARM")
    memory_is_short_and_releases_are_late(stack)
    alarms.wait_for({"function-memory", "release-lag", "release-schedule-silent"}, "ALARM")
    # A release is a round trip, and the stage's threshold is no higher.
    eventually(stack.release, what=f"{scheduled} is released", every=1)
    functions_hang(stack, outdated, own_faults)
    alarms.wait_for(all_of("errors") | {"process-task-duration"}, "ALARM")
    with functions_throttled(stack, outdated):
        alarms.wait_for({"task-queue-age", "dead-letter-queue-age"}, "ALARM")
    stack.session.client("events").enable_rule(Name=f"{stack.settings.stack_name}-release")
    alarms.wait_for(every, "ALARM", "OK", within=330)
    assert alarms.states() == dict.fromkeys(every, "OK")

    message = alarms.message("dead-letters")
    assert message["Trigger"]["MetricName"] == "DeadLetters"
    assert message["AlarmDescription"].endswith("docs/operations.md#dead-letters")
    shown = {(*metric, by) for metric, each in AWS_METRICS.items() for by in each} - NEVER_HERE
    assert shown <= listed(stack)


def tasks_die(stack: Stack) -> None:
    """Dead-letter twice the threshold's number of tasks, since they may be spread over two minutes."""
    count = max(stack.settings.thresholds.dead_letter_surge, stack.settings.thresholds.failed_of_attempts)
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: stack.accepted(simulate={"error": "VALIDATION"}), range(2 * count)))


def many_are_in_flight(stack: Stack) -> None:
    """Submit slow tasks, twice as many as the threshold of messages in flight."""
    with ThreadPoolExecutor(8) as clients:
        count = 2 * stack.settings.thresholds.in_flight
        list(clients.map(lambda _: stack.accepted(simulate={"latencyMs": 2000}), range(count)))


def memory_is_short_and_releases_are_late(stack: Stack) -> None:
    """Publish high values of metrics whose real causes would disturb others, or take long."""
    thresholds = stack.settings.thresholds
    values = {
        Metric.MEMORY_USED: thresholds.memory_percent,
        Metric.RELEASE_LAG: thresholds.release_lag_seconds,
    }
    stack.session.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": metric.title,
                "Dimensions": [{"Name": STAGE, "Value": stack.settings.name}],
                "Value": value,
            }
            for metric, value in values.items()
        ],
    )


def circuits_open(stack: Stack, sink: Sink) -> None:
    """Let a dependency answer 503 until its circuit opens, and then let it recover."""
    opened(stack, sink)
    assert (circuit(stack, sink) or {})["state"] == "OPEN"
    sink.answer(200)


def tables_throttle(stack: Stack, sink: Sink, faults: FaultClient) -> None:
    """Throttle reads of tasks and circuits, and then index queries and writes."""
    throttled = {"service": "dynamodb", "error": "ProvisionedThroughputExceededException"}
    faults.put([{**throttled, "operation": "GetItem"}])
    assert {stack.api.task(fresh("any")).status // 100 for _ in range(3)} == {5}
    delivered = [stack.delivers(sink.url) for _ in range(stack.settings.thresholds.table_throttles)]
    eventually(lambda: {*delivered} <= {*sink.order()}, what=f"{delivered} are delivered")
    faults.put([{**throttled, "operation": each} for each in ("Query", "PutItem")])
    stack.api.tasks()
    stack.api.tasks(status="SUCCEEDED")
    stack.submit()  # is refused, because it cannot be recorded
    faults.clear()


def work_hangs(stack: Stack) -> None:
    """Make process_task time out once, with work that hangs."""
    hangs = stack.accepted(simulate={"hang": True, "failures": 1}, type="echo")
    stack.becomes(hangs, "PROCESSING")  # in a batch of its own


def functions_hang(stack: Stack, outdated: str, faults: FaultClient) -> None:
    """Make each function but process_task time out, with a table that does not answer in time."""
    faults.put([{"service": "dynamodb", "latencyMs": 20_000}])
    moved_by_sqs(stack, outdated, 0)
    stack.session.client("lambda").invoke(
        FunctionName=stack.settings.function_name("release_tasks"), InvocationType="Event", Payload=b"{}"
    )
    with ThreadPoolExecutor(2) as clients:
        read, written = clients.submit(stack.api.task, "any"), clients.submit(stack.submit)
        assert read.result().status >= 500
        assert written.result().status >= 500
    eventually(lambda: errors(stack, "monitor_dlq") and errors(stack, "release_tasks"), every=0.5)
    faults.clear()


def errors(stack: Stack, function: str) -> bool:
    """Return whether a function failed in the last five minutes."""
    now = datetime.now(UTC)
    answer = stack.session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": stack.settings.function_name(function)}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=600,
        Statistics=["Sum"],
    )
    return any(each["Sum"] for each in answer["Datapoints"])


@contextmanager
def functions_throttled(stack: Stack, outdated: str) -> Iterator[None]:
    """Throttle all functions until the end of the block, and leave a message on each queue.

    The message on the dead-letter queue is about a task that has succeeded, and is therefore no dead letter,
    whose alarm would take another minute to recover.
    """
    functions = stack.session.client("lambda", config=ONCE)

    def throttle(*names: str) -> None:
        for name in names:
            functions.put_function_concurrency(
                FunctionName=stack.settings.function_name(name), ReservedConcurrentExecutions=0
            )

    consumers = ("process_task", "monitor_dlq")
    throttle(*consumers)
    stack.accepted()
    moved_by_sqs(stack, outdated, 0, message_group=fresh("group"))
    throttle(*(each for each in FUNCTIONS if each not in consumers))
    for each in FUNCTIONS:
        with pytest.raises(functions.exceptions.TooManyRequestsException):
            functions.invoke(FunctionName=stack.settings.function_name(each), Payload=b"{}")
    yield
    for each in FUNCTIONS:
        functions.delete_function_concurrency(FunctionName=stack.settings.function_name(each))


def listed(stack: Stack) -> set[tuple[str, str, frozenset[str]]]:
    """Return the existing metrics, each with its namespace, name and dimension names."""
    pages = stack.session.client("cloudwatch").get_paginator("list_metrics").paginate()
    return {
        (each["Namespace"], each["MetricName"], frozenset(of["Name"] for of in each["Dimensions"]))
        for page in pages
        for each in page["Metrics"]
    }
