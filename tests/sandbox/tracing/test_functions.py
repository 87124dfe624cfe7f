"""Traces of functions.

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.eventually import eventually
from tests.sandbox.tracing.conftest import (
    FUNCTION,
    LAMBDA,
    TRUST,
    Traced,
    Traces,
    names,
    policy,
    segment,
    segment_id,
    trace_id,
)


def test_lambda_sends_two_segments(function: Traced, traces: Traces) -> None:
    """An invocation has a segment of the Lambda service and, below it, the function's with its phases."""
    seen = function.seen()
    assert seen["Sampled"] == "1"
    segments = traces.by_origin(seen["Root"], LAMBDA, FUNCTION)
    service, own = segments[LAMBDA], segments[FUNCTION]
    assert service["name"] == own["name"] == function.name
    assert "parent_id" not in service
    assert own["parent_id"] == service["id"]
    assert own["id"] == seen["Parent"]
    assert service["resource_arn"] == own["aws"]["function_arn"] == function.arn
    assert service["http"]["response"]["status"] == 200
    assert names(own) == ["Initialization", "Invocation", "Overhead"]
    assert not {"error", "fault", "throttle"} & {*service, *own}
    assert service["start_time"] <= own["end_time"] <= service["end_time"]


def test_a_warm_start_has_no_initialization(function: Traced, traces: Traces) -> None:
    """The trace of a warm start has no initialization, and each invocation has its own trace."""
    first, second = function.seen(), function.seen()
    assert first["Root"] != second["Root"]
    own = traces.function(second["Root"])
    assert names(own) == ["Invocation", "Overhead"]


def test_what_the_sdk_sends_is_below_the_functions_segment(function: Traced, traces: Traces) -> None:
    """Independent subsegments become part of the function's segment, and their annotations are indexed."""
    task = uuid.uuid4().hex
    seen = function.seen(subsegments=2, task=task)
    own = traces.function(seen["Root"], "work-0", "work-1")
    assert names(own)[-2:] == ["work-0", "work-1"]
    (summary,) = traces.summaries(f'annotation[task_id] = "{task}"')
    assert summary["Id"] == seen["Root"]
    (value,) = summary["Annotations"]["task_id"]
    assert value["AnnotationValue"] == {"StringValue": task}


def test_an_error_of_the_function_is_a_fault(function: Traced, traces: Traces) -> None:
    """A function's error is recorded as a fault, with the error's type and message."""
    header = f"Root={trace_id()}"
    function.invoke(header, fail=True)
    segments = traces.by_origin(header.removeprefix("Root="), LAMBDA, FUNCTION)
    assert segments[LAMBDA]["fault"]
    assert segments[FUNCTION]["fault"]
    (exception,) = segments[FUNCTION]["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("RuntimeError", "as told")
    summary = traces.summary(header.removeprefix("Root="))
    assert (summary["HasFault"], summary["HasError"], summary["HasThrottle"]) == (True, False, False)


def test_a_throttled_request_is_an_error(
    function: Traced, traces: Traces, client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A throttled request is an error, and has only the service's segment, as the function does not run."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")  # boto3's usual four take up to 10 s
    throttled = Traced(client("lambda"), function.name)
    throttled.functions.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    root = trace_id()
    with pytest.raises(throttled.functions.exceptions.TooManyRequestsException):
        throttled.invoke(f"Root={root}")
    segments = traces.by_origin(root, LAMBDA)
    assert segments.keys() == {LAMBDA}
    assert segments[LAMBDA]["throttle"]
    assert segments[LAMBDA]["error"]
    assert traces.summary(root)["HasThrottle"]


def test_a_trace_is_continued(function: Traced, traces: Traces) -> None:
    """Lambda's segment continues the caller's trace, with the caller's segment as parent."""
    root, parent = trace_id(), segment_id()
    seen = function.seen(f"Root={root};Parent={parent};Sampled=1")
    assert seen["Root"] == root
    assert traces.by_origin(root, LAMBDA, FUNCTION)[LAMBDA]["parent_id"] == parent


def test_a_decision_not_to_sample_holds(function: Traced, traces: Traces) -> None:
    """A decision not to sample is passed to the function, and nothing is recorded."""
    root = trace_id()
    seen = function.seen(f"Root={root};Parent={segment_id()};Sampled=0")
    assert (seen["Root"], seen["Sampled"]) == (root, "0")
    sampled = function.seen()["Root"]  # earlier segments would have arrived by now
    traces.by_origin(sampled, LAMBDA, FUNCTION)
    assert traces.segments(root) == []


def test_pass_through_leaves_the_decision_to_the_caller(
    make_function: Callable[..., Traced], name: str, traces: Traces
) -> None:
    """A function in mode PassThrough is traced only if its caller samples the request.

    https://docs.aws.amazon.com/lambda/latest/api/API_TracingConfig.html
    """
    passing = make_function(name, mode="PassThrough")
    unsampled = passing.seen()
    assert unsampled["Sampled"] == "0"
    root = trace_id()
    seen = passing.seen(f"Root={root};Parent={segment_id()};Sampled=1")
    assert (seen["Root"], seen["Sampled"]) == (root, "1")
    assert traces.by_origin(root, LAMBDA, FUNCTION)
    assert traces.segments(unsampled["Root"]) == []


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        "Root=",
        "Root=1-2-3;Sampled=1",
        ";;;=;=",
        "Root=1-zzzzzzzz-" + "0" * 24,
        "Sampled=1",
        "x" * 5000,
    ],
)
def test_a_malformed_header_is_ignored(function: Traced, traces: Traces, header: str) -> None:
    """A request with a malformed header is served, in a new trace."""
    seen = function.seen(header)
    assert seen["Sampled"] == "1"
    assert traces.by_origin(seen["Root"], LAMBDA, FUNCTION)


def test_a_malformed_parent_is_ignored(function: Traced, traces: Traces) -> None:
    """A malformed parent is ignored, and the trace is continued."""
    root = trace_id()
    assert function.seen(f"Root={root};Parent=nobody;Sampled=?")["Root"] == root
    assert "parent_id" not in traces.by_origin(root, LAMBDA, FUNCTION)[LAMBDA]


def test_a_function_may_send_segments_of_other_traces(function: Traced, traces: Traces) -> None:
    """A function can send segments of other traces, such as an attempt in its task's trace."""
    attempt = segment(name="attempt", annotations={"attempt": 2})
    function.invoke(documents=[attempt])
    (found,) = eventually(lambda: traces.segments(attempt["trace_id"]))
    assert found == attempt


def test_what_is_no_segment_is_dropped(function: Traced, traces: Traces) -> None:
    """Invalid data is dropped, and segments sent after it still arrive."""
    header = '{"format": "json", "version": 1}\n'
    garbage = [
        "",
        "\x00\xff\xfe",
        header,
        header + "{",
        header + "[" * 60_000,
        header + '{"id": 1}',
        header + '{"id": "NaN", "start_time": NaN}',
        '{"format": "xml", "version": 1}\n{}',
        "x" * 65_000,
    ]
    good = segment()
    seen = function.seen(garbage=garbage, documents=[good])
    assert eventually(lambda: traces.segments(good["trace_id"])) == [good]
    assert traces.by_origin(seen["Root"], LAMBDA, FUNCTION)


def test_a_large_segment_arrives(function: Traced, traces: Traces) -> None:
    """A segment of nearly 64 KB, the size of a datagram, arrives."""
    large = segment(metadata={"default": {"filler": "x" * 60_000}})
    function.invoke(documents=[large])
    assert eventually(lambda: traces.segments(large["trace_id"])) == [large]


def test_a_burst_is_not_lost(function: Traced, traces: Traces) -> None:
    """A burst of a hundred segments arrives completely."""
    seen = function.seen(subsegments=100)
    assert traces.function(seen["Root"], *(f"work-{number}" for number in range(100)))


def test_without_the_permission_nothing_of_the_function_is_recorded(
    make_function: Callable[..., Traced],
    function: Traced,
    name: str,
    traces: Traces,
    client: Callable[[str], Any],
) -> None:
    """A function whose role may not send segments works as usual, but its segments are not recorded."""
    iam = client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))["Role"]["Arn"]
    silent = make_function(f"{name}-silent", Role=arn)
    seen = silent.seen(subsegments=1)
    assert seen["Sampled"] == "1"
    for _ in range(2):  # after the second one, the daemon has read all that was sent before
        traces.function(function.seen(subsegments=1)["Root"], "work-0")
    iam.put_role_policy(
        RoleName=name,
        PolicyName="traced",
        PolicyDocument=policy({"Effect": "Allow", "Action": "xray:Put*", "Resource": "*"}),
    )
    eventually(lambda: len(traces.segments(silent.seen(subsegments=1)["Root"])) == 2)
    assert [each["origin"] for each in traces.segments(seen["Root"])] == [LAMBDA]


def test_the_environment_is_as_on_lambda(function: Traced) -> None:
    """A function's AWS_XRAY_CONTEXT_MISSING has the same value as on Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    assert function.invoke()["missing"] == "LOG_ERROR"


def test_asynchronous_invocations_are_traced(
    function: Traced, traces: Traces, client: Callable[[str], Any]
) -> None:
    """An asynchronous invocation has segments of the service and of the function."""
    attempt = segment()
    client("lambda").invoke(
        FunctionName=function.name,
        InvocationType="Event",
        Payload=f'{{"subsegments": 1, "task": "{attempt["id"]}"}}',
    )
    (summary,) = eventually(lambda: traces.summaries(f'annotation.task_id = "{attempt["id"]}"'))
    assert traces.by_origin(summary["Id"], LAMBDA, FUNCTION)
