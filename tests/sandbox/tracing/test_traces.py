"""X-Ray: what is sent to it, and how traces are found and read.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api.html
"""

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.sandbox.tracing.conftest import Traces

PROTOCOL = '{"format": "json", "version": 1}\n'


def new_trace() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def segment(trace_id: str, **more: Any) -> dict[str, Any]:
    now = time.time()
    base = {"id": secrets.token_hex(8), "trace_id": trace_id, "name": "worker", "start_time": now - 1}
    return {**base, "end_time": now, **more}


def summaries(traces: Traces, expression: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    pages = traces.client.get_paginator("get_trace_summaries").paginate(
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        FilterExpression=expression,
    )
    return [summary for page in pages for summary in page["TraceSummaries"]]


def test_segments_are_read_as_a_trace(traces: Traces) -> None:
    """With subsegments that came by themselves within their parents; an end replaces a beginning."""
    trace_id = new_trace()
    whole = segment(trace_id)
    part = segment(trace_id, type="subsegment", parent_id=whole["id"], name="call")
    begun = {key: value for key, value in whole.items() if key != "end_time"} | {"in_progress": True}
    answer = traces.client.put_trace_segments(
        TraceSegmentDocuments=[json.dumps(each) for each in (begun, part, whole)]
    )
    assert answer["UnprocessedTraceSegments"] == []
    [found] = traces.segments(trace_id)
    assert found["id"] == whole["id"]
    assert "in_progress" not in found
    assert [each["name"] for each in found["subsegments"]] == ["call"]


def test_what_is_no_segment_is_said_and_keeps_no_other(traces: Traces) -> None:
    trace_id = new_trace()
    documents = ["nonsense", json.dumps(segment(trace_id, start_time=None)), json.dumps(segment(trace_id))]
    answer = traces.client.put_trace_segments(TraceSegmentDocuments=documents)
    codes = [each["ErrorCode"] for each in answer["UnprocessedTraceSegments"]]
    assert codes == ["ParseError", "InvalidStartTime"]
    assert len(traces.segments(trace_id)) == 1


def test_traces_are_found_by_annotations_and_faults(traces: Traces) -> None:
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html"""
    mark, trace_id = secrets.token_hex(4), new_trace()
    whole = segment(trace_id, annotations={"mark": mark, "attempt": 2}, http={"response": {"status": 500}})
    failed = segment(trace_id, parent_id=whole["id"], fault=True, annotations={"mark": mark})
    other = segment(new_trace(), annotations={"mark": mark})
    traces.client.put_trace_segments(
        TraceSegmentDocuments=[json.dumps(each) for each in (whole, failed, other)]
    )

    assert len(summaries(traces, f'annotation.mark = "{mark}"')) == 2
    [found] = summaries(traces, f'annotation.mark = "{mark}" AND fault AND annotation.attempt = 2')
    assert (found["Id"], found["HasFault"], found["HasError"]) == (trace_id, True, False)
    assert found["Http"]["HttpStatus"] == 500
    assert found["Annotations"]["mark"][0]["AnnotationValue"] == {"StringValue": mark}
    assert found["Annotations"]["attempt"][0]["AnnotationValue"] == {"NumberValue": 2.0}
    assert summaries(traces, f'annotation.mark = "{mark}" AND annotation.attempt > 2') == []


def test_many_summaries_come_in_pages(traces: Traces) -> None:
    mark = secrets.token_hex(4)
    documents = [json.dumps(segment(new_trace(), annotations={"mark": mark})) for _ in range(150)]
    for first in range(0, 150, 50):
        traces.client.put_trace_segments(TraceSegmentDocuments=documents[first : first + 50])
    found = summaries(traces, f'annotation.mark = "{mark}"')
    assert len({each["Id"] for each in found}) == len(found) == 150


@pytest.mark.parametrize("expression", ["annotation.mark =", "(fault", "nonsense"])
def test_what_is_no_expression_is_refused(traces: Traces, expression: str) -> None:
    with pytest.raises(ClientError) as refused:
        summaries(traces, expression)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


def test_a_trace_that_is_unknown_is_not_there(traces: Traces) -> None:
    assert traces.client.batch_get_traces(TraceIds=[new_trace()])["Traces"] == []


def test_the_daemon_takes_what_functions_send(
    client: Callable[[str], Any], function: str, traces: Traces
) -> None:
    """A burst of segments, of which none is lost; what is none disturbs nobody."""
    trace_id = new_trace()
    segments = [segment(trace_id, name=f"part {number}") for number in range(200)]
    garbage = ["", "\n", "\xff\xfe", "{}", PROTOCOL, PROTOCOL + "{", "[" * 5000 + "\n" + "[" * 5000]
    send = [*garbage, *(PROTOCOL + json.dumps(each) for each in segments)]
    client("lambda").invoke(FunctionName=function, Payload=json.dumps({"send": send}))
    eventually(lambda: len(traces.segments(trace_id)) == 200, what="200 segments")
