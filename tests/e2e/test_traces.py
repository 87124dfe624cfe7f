"""A task's trace in X-Ray, with its submission, its attempts and their calls."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually

FUNCTION = "AWS::Lambda::Function"

type Segment = dict[str, Any]


def walk(segment: Segment) -> Iterator[Segment]:
    yield segment
    for each in segment.get("subsegments", []):
        yield from walk(each)


def calls(segment: Segment) -> set[str]:
    """Return the calls to AWS in a segment, as `service operation`."""
    return {
        f"{each['name']} {each['aws']['operation']}"
        for each in walk(segment)
        if each.get("namespace") == "aws"
    }


class Trace:
    """The segments of a trace, as BatchGetTraces returns them."""

    def __init__(self, stack: Stack, trace_id: str) -> None:
        answer = stack.session.client("xray").batch_get_traces(TraceIds=[trace_id])
        self._name = stack.settings.function_name
        self.segments: list[Segment] = [
            json.loads(each["Document"]) for trace in answer["Traces"] for each in trace["Segments"]
        ]

    def of(self, function: str) -> list[Segment]:
        """Return a function's completed segments in the order in which they began."""
        found = [
            each
            for each in self.segments
            if each["name"] == self._name(function) and each.get("origin") == FUNCTION and "end_time" in each
        ]
        return sorted(found, key=lambda segment: float(segment["start_time"]))


def trace_of(stack: Stack, task_id: str, **least: int) -> Trace:
    """Wait until a task's trace has `least` completed segments of each function, and return it."""
    trace_id = stack.task(task_id)["traceId"]

    def complete() -> Trace | None:
        trace = Trace(stack, trace_id)
        enough = all(len(trace.of(function)) >= number for function, number in least.items())
        return trace if enough else None

    return eventually(complete, what=f"{least} in {trace_id}")


def with_its_submission(stack: Stack, task_id: str, **least: int) -> Trace:
    """As `trace_of`, with the calls of the submission, which arrive apart from its segment."""

    def complete() -> Trace | None:
        trace = trace_of(stack, task_id, **least)
        made = calls(trace.of("submit_task")[0])
        return trace if made >= {"dynamodb PutItem", "sqs SendMessage"} else None

    return eventually(complete, what=f"the calls of the submission of {task_id}")


def test_a_task_that_is_retried_is_one_trace(stack: Stack) -> None:
    """A retried task has one trace, from API Gateway through SQS to each attempt and its outcome."""
    task_id = fresh("traced")
    stack.accepted(taskId=task_id, simulate={"failures": 1, "error": "NETWORK"})
    assert stack.ended(task_id)["status"] == "SUCCEEDED"

    trace = with_its_submission(stack, task_id, submit_task=1, process_task=2)
    [gateway] = [each for each in trace.segments if each.get("origin") == "AWS::ApiGateway::Stage"]
    assert gateway["http"]["response"]["status"] == 202
    [submitted] = trace.of("submit_task")
    failed, succeeded = trace.of("process_task")
    assert failed["annotations"] == {
        "task_id": task_id,
        "generation": 0,
        "kind": "echo",
        "attempt": 1,
        "category": "NETWORK",
    }
    assert failed["fault"] is True
    assert {"dynamodb UpdateItem", "sqs ChangeMessageVisibility"} <= calls(failed)
    assert succeeded["annotations"]["attempt"] == 2
    assert not any(succeeded.get(flag) for flag in ("fault", "error", "throttle"))
    sent = {each["id"] for each in walk(submitted) if each["name"] == "sqs"}
    assert failed["parent_id"] in sent
    assert succeeded["parent_id"] in sent


def test_a_task_that_died_is_one_trace_with_its_redrive(stack: Stack) -> None:
    """A dead letter's trace includes the monitor, the redrive and the next generation's attempt."""
    task_id = fresh("traced")
    stack.accepted(taskId=task_id, simulate={"error": "VALIDATION"})
    assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
    assert trace_of(stack, task_id, process_task=1, monitor_dlq=1).of("process_task")[0]["error"] is True
    assert stack.redrive(task_id).status == 202

    trace = trace_of(stack, task_id, process_task=2, manage_tasks=1)

    generations = [each["annotations"]["generation"] for each in trace.of("process_task")]
    assert generations == [0, 1]


def test_a_call_of_a_dependency_is_a_part_of_its_attempt(stack: Stack, sink: Sink) -> None:
    """A call to a dependency is a subsegment of its attempt, with the dependency's name and failure."""
    sink.answer(429, retry_after=20)
    task_id = stack.delivers(sink.url)
    stack.becomes(task_id, "RETRYING")
    [attempt, *_] = trace_of(stack, task_id, process_task=1).of("process_task")
    [call] = [each for each in walk(attempt) if each.get("namespace") == "remote"]
    assert call["name"] in sink.url
    assert (call["throttle"], attempt["throttle"]) == (True, True)
    assert stack.cancel(task_id).status in (202, 409)


def test_traces_are_found_by_what_they_are_about(stack: Stack) -> None:
    """Traces can be found by the task's id together with its error's category."""
    task_id = stack.accepted(simulate={"error": "VALIDATION"})
    assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
    now = datetime.now(UTC)

    def found() -> list[str]:
        answer = stack.session.client("xray").get_trace_summaries(
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            FilterExpression=f'annotation.task_id = "{task_id}" AND annotation.category = "VALIDATION"',
        )
        return [each["Id"] for each in answer["TraceSummaries"]]

    assert eventually(found) == [stack.task(task_id)["traceId"]]
