"""X-Ray's API.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.tracing.conftest import Traces, segment, segment_id, trace_id


@pytest.fixture
def key() -> str:
    """Return a unique value for an annotation."""
    return uuid.uuid4().hex


def test_a_segment_can_be_found_and_read(traces: Traces, key: str) -> None:
    """A segment can be found, and is returned as it was sent."""
    sent = segment(
        name="shop",
        annotations={"key": key, "count": 2, "sold": True},
        metadata={"default": {"any": [1, None]}},
        http={"request": {"url": "http://shop/buy", "method": "POST"}, "response": {"status": 201}},
        aws={"account_id": "123456789012"},
        origin="AWS::ECS::Container",
    )
    assert traces.put(sent) == []
    (summary,) = traces.summaries(f'annotation[key] = "{key}"')
    assert summary["Id"] == sent["trace_id"]
    assert summary["Duration"] == pytest.approx(0.1, abs=0.002)
    assert summary["ResponseTime"] == pytest.approx(0.1, abs=0.002)
    assert summary["Annotations"] == {
        "key": [{"AnnotationValue": {"StringValue": key}}],
        "count": [{"AnnotationValue": {"NumberValue": 2.0}}],
        "sold": [{"AnnotationValue": {"BooleanValue": True}}],
    }
    assert not any(summary[name] for name in ("HasFault", "HasError", "HasThrottle", "IsPartial"))
    assert traces.segments(sent["trace_id"]) == [sent]
    (trace,) = traces.xray.batch_get_traces(TraceIds=[sent["trace_id"]])["Traces"]
    assert trace["Id"] == sent["trace_id"]
    assert trace["Duration"] == summary["Duration"]
    assert not trace["LimitExceeded"]
    assert [each["Id"] for each in trace["Segments"]] == [sent["id"]]


def test_subsegments_are_put_where_they_belong(traces: Traces, key: str) -> None:
    """Subsegments can arrive in any order and depth, and the trace is found by their annotations."""
    top = segment()
    common = {"type": "subsegment", "trace_id": top["trace_id"]}
    middle = segment(**common, name="middle", parent_id=top["id"])
    low = segment(**common, name="low", parent_id=middle["id"], annotations={"key": key})
    traces.put(low)
    traces.put(top, middle)
    (found,) = traces.segments(top["trace_id"])
    assert found["id"] == top["id"]
    (below,) = found["subsegments"]
    assert below["name"] == "middle"
    assert [each["name"] for each in below["subsegments"]] == ["low"]
    (summary,) = traces.summaries(f'annotation.key = "{key}"')
    assert summary["Id"] == top["trace_id"]


def test_a_segment_in_progress_is_replaced(traces: Traces) -> None:
    """A trace is partial until the complete segment replaces the unfinished one."""
    whole = segment()
    begun = {**whole, "in_progress": True}
    del begun["end_time"]
    traces.put(begun)
    assert traces.summary(whole["trace_id"])["IsPartial"]
    traces.put(whole)
    assert traces.segments(whole["trace_id"]) == [whole]
    assert not traces.summary(whole["trace_id"])["IsPartial"]


def test_malformed_segments_are_returned(traces: Traces) -> None:
    """Malformed segments are returned with their errors, and valid ones beside them are accepted."""
    good, other = segment(), segment_id()
    old = f"1-{int(time.time()) - 31 * 86_400:08x}-{uuid.uuid4().hex[:24]}"
    documents = [
        json.dumps(good),
        json.dumps(segment(id=other, trace_id=old)),
        json.dumps(segment(id=other, trace_id="1-2-3")),
        json.dumps(segment(id=other, name=None)),
        json.dumps(segment(id=other, end_time=None)),
        json.dumps(segment(id="no id")),
        json.dumps(segment(id=None)),
        json.dumps(segment(id=other, type="subsegment")),
        json.dumps(segment(metadata={"large": "x" * 66_000})),
        "{",
        "[]",
        "[" * 60_000,
    ]
    unprocessed = traces.xray.put_trace_segments(TraceSegmentDocuments=documents)["UnprocessedTraceSegments"]
    assert len(unprocessed) == len(documents) - 1
    assert unprocessed[0] == {
        "Id": other,
        "ErrorCode": "InvalidTraceId",
        "Message": "Invalid segment. ErrorCode: InvalidTraceId",
    }
    assert all(each["ErrorCode"] and each["Message"] for each in unprocessed)
    assert traces.segments(good["trace_id"]) == [good]


def test_unknown_traces(traces: Traces) -> None:
    """Unknown traces have no segments, and an invalid trace id is returned as unprocessed."""
    answer = traces.xray.batch_get_traces(TraceIds=[trace_id(), "no trace"])
    assert answer["Traces"] == []
    assert answer["UnprocessedTraceIds"] == ["no trace"]


def test_five_traces_at_once(traces: Traces) -> None:
    """Up to five traces can be read at once; a request for more is refused.

    https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html
    """
    sent = [segment() for _ in range(5)]
    traces.put(*sent)
    ids = [each["trace_id"] for each in sent]
    found = traces.xray.batch_get_traces(TraceIds=ids)["Traces"]
    assert {each["Id"] for each in found} == {*ids}
    with pytest.raises(traces.xray.exceptions.InvalidRequestException):
        traces.xray.batch_get_traces(TraceIds=[*ids, trace_id()])


def test_filters_find(traces: Traces, key: str) -> None:
    """A filter on two annotations finds the trace that has both values."""
    wanted = segment(annotations={"key": key, "kind": "sale"})
    traces.put(wanted, segment(annotations={"key": key, "kind": "return"}))
    found = traces.summaries(f'annotation[key] = "{key}" AND annotation.kind = "sale"')
    assert [each["Id"] for each in found] == [wanted["trace_id"]]


@pytest.mark.parametrize("expression", ["fault", "nonsense = 1", 'annotation[key] ~ "x"', '"'])
def test_a_filter_that_cannot_be_read_is_refused(traces: Traces, expression: str) -> None:
    with pytest.raises(traces.xray.exceptions.InvalidRequestException, match="filter expression"):
        traces.summaries(expression)


def test_summaries_are_of_a_time(traces: Traces, key: str) -> None:
    """Summaries are selected by the start of their trace; reversed ranges and event times are refused."""
    now = datetime.now(UTC)
    hour_ago = now.timestamp() - 3600
    old = f"1-{int(hour_ago):08x}-{uuid.uuid4().hex[:24]}"
    traces.put(segment(trace_id=old, start_time=hour_ago, end_time=hour_ago + 1800, annotations={"key": key}))

    def count(minutes_ago: float) -> int:
        middle = now - timedelta(minutes=minutes_ago)
        start, end = middle - timedelta(minutes=1), middle + timedelta(minutes=1)
        return len(traces.summaries(f'annotation[key] = "{key}"', StartTime=start, EndTime=end))

    assert [count(ago) for ago in (60, 30, 0)] == [1, 0, 0]
    with pytest.raises(traces.xray.exceptions.InvalidRequestException):
        traces.summaries(StartTime=now, EndTime=now - timedelta(minutes=1))
    with pytest.raises(traces.xray.exceptions.InvalidRequestException, match="TimeRangeType"):
        traces.summaries(TimeRangeType="Event")


def test_another_region_has_other_traces(traces: Traces, client: Any) -> None:
    sent = segment()
    traces.put(sent)
    elsewhere = client("xray", "eu-west-1")
    assert elsewhere.batch_get_traces(TraceIds=[sent["trace_id"]])["Traces"] == []
