"""Checks of traces, logs, dashboards and alarms."""

import time
import uuid
from collections.abc import Iterable
from typing import Any

from faultline.operations.errors import OperationFailed
from faultline.operations.spans import Span
from faultline.operations.traces import read_trace
from faultline.operations.verification.check import NotAsPromised
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.tasks import cancelled_for_good

_DRILL = "faultline verify: this is a test. The alarm was set by hand, and will recover automatically."


def trace(stage: Deployed) -> None:
    """Check that a task has a trace from its submission to its attempt."""
    root = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    task_id = f"verify-{uuid.uuid4()}"
    # Without a sampling decision in the header, X-Ray traces one request a second and 5 % of the others.
    answer = stage.api.call(
        "POST",
        "/tasks",
        json={"taskId": task_id, "payload": {}, **stage.never_at_random()},
        headers={"X-Amzn-Trace-Id": f"Root={root};Sampled=1"},
    )
    if not answer.ok:
        raise NotAsPromised(f"a task is refused: {answer.problem()}")
    found = stage.becomes(task_id, "SUCCEEDED").get("traceId")
    if found is None:
        raise NotAsPromised(f"{task_id} has no trace")

    def whole() -> bool:
        try:
            spans = read_trace(stage.session, found)
        except OperationFailed:
            return False
        # Lambda itself reports that a function ran; only the function can report its calls.
        return {stage.settings.function_name(name) for name in ("submit_task", "process_task")} <= _callers(
            spans
        )

    stage.wait(whole, f"trace {found} has not shown the calls of both submit_task and process_task")


def _callers(spans: Iterable[Span]) -> set[str]:
    """Return the names of the spans with a call to AWS among their descendants."""
    found: set[str] = set()
    above: dict[int, str] = {}
    for span in spans:  # parents come before their children
        above[span.depth] = span.name
        if span.operation:
            found.update(above[depth] for depth in range(span.depth))
    return found


def logs(stage: Deployed) -> None:
    """Check that a failure can be found in the log by the task id."""
    task_id = stage.refused()
    stage.becomes(task_id, "DEAD_LETTERED")
    group = stage.settings.log_group_name
    client = stage.session.client("logs")

    def found() -> bool:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            filterPattern=f'"{task_id}"',
            startTime=int((time.time() - 600) * 1000),
        )
        return any(page["events"] for page in pages)

    stage.wait(found, f"{group} has no line about {task_id}")
    cancelled_for_good(stage, task_id)


def dashboards(stage: Deployed) -> None:
    """Check that the dashboards in the stack's outputs exist."""
    client = stage.session.client("cloudwatch")
    known = {
        each["DashboardName"]
        for page in client.get_paginator("list_dashboards").paginate(
            DashboardNamePrefix=stage.settings.stack_name
        )
        for each in page["DashboardEntries"]
    }
    if missing := [name for name in stage.outputs.dashboard_names.split(",") if name not in known]:
        raise NotAsPromised(f"there is no {', '.join(missing)}")


def alarms_tell(stage: Deployed) -> None:
    """Check that each alarm notifies the topic when it fires and when it recovers."""
    topic = [stage.outputs.alert_topic_arn]
    silent = [
        each["AlarmName"]
        for each in alarms_of(stage)
        if not (each["ActionsEnabled"] and each["AlarmActions"] == each["OKActions"] == topic)
    ]
    if silent:
        raise NotAsPromised(f"these alarms do not notify {topic[0]}: {', '.join(silent)}")


def alarm_fires(stage: Deployed) -> None:
    """Check that an alarm that is set off by hand fires and recovers."""
    quiet = [each["AlarmName"] for each in alarms_of(stage) if each["StateValue"] == "OK"]
    if not quiet:
        raise NotAsPromised("no alarm is OK, so none can be tested")
    name = next((each for each in quiet if each.endswith("-function-memory")), quiet[0])
    client = stage.session.client("cloudwatch")
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=_DRILL)

    def state() -> str:
        return str(client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])

    if state() != "ALARM":
        raise NotAsPromised(f"{name} is {state()} after it was set to ALARM")
    stage.wait(lambda: state() == "OK", f"{name} was not evaluated again")


def alarms_of(stage: Deployed) -> list[dict[str, Any]]:
    """Return CloudWatch's descriptions of the stage's alarms, at least one.

    Raises:
        NotAsPromised: If there are no alarms.
    """
    pages = (
        stage.session.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{stage.settings.stack_name}-")
    )
    found: list[Any] = [each for page in pages for each in page["MetricAlarms"]]
    if not found:
        raise NotAsPromised("there are no alarms")
    return found
