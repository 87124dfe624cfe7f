"""Validation of segment documents, and the places of subsegments."""

import json
from typing import Any

import pytest

from sandbox.services.xray import document
from sandbox.services.xray.document import Malformed
from tests.plugins.xray.made import Segment, raw, segment, subsegment


def tree(of: Segment) -> dict[str, Any]:
    return {each["name"]: tree(each) for each in document.subsegments(of)}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": None}, "MissingId"),
        ({"id": "xyz"}, "InvalidId"),
        ({"id": 7}, "InvalidId"),
        ({"name": None}, "MissingName"),
        ({"name": ""}, "InvalidName"),
        ({"name": "x" * 201}, "InvalidName"),
        ({"trace_id": None}, "InvalidTraceId"),
        ({"trace_id": ["1"]}, "InvalidTraceId"),
        ({"parent_id": "nobody"}, "InvalidParentId"),
        ({"type": "subsegment"}, "MissingParentId"),
        ({"start_time": None}, "MissingStartTime"),
        ({"start_time": "now"}, "InvalidStartTime"),
        ({"start_time": True}, "InvalidStartTime"),
        ({"start_time": float("nan")}, "InvalidStartTime"),
        ({"start_time": float("inf")}, "InvalidStartTime"),
        ({"start_time": 10**400}, "InvalidStartTime"),
        ({"start_time": -1}, "InvalidStartTime"),
        ({"end_time": None}, "MissingEndTime"),
        ({"end_time": None, "in_progress": "true"}, "MissingEndTime"),
        ({"metadata": "x" * 70_000}, "SegmentTooLarge"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        document.read(raw(segment(1, **fields)))
    assert refused.value.code == code


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"a":' * 10_000])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        document.read(text)
    assert refused.value.code == "ParseError"


def test_a_trace_of_long_ago_is_refused() -> None:
    """A trace from before `since` is refused."""
    assert document.read(raw(segment(1)), since=0x5759E988)
    with pytest.raises(Malformed):
        document.read(raw(segment(1)), since=0x5759E988 + 1)


def test_subsegments_come_in_any_order() -> None:
    """A subsegment is put below its parent, which may arrive later or be embedded in another segment."""
    embedded = segment(5, trace_id=None)
    given = [subsegment(3, 2), subsegment(2, 1), segment(1, subsegments=[embedded]), subsegment(4, 5)]
    (merged,) = document.merge(given)
    assert tree(merged) == {"s5": {"s4": {}}, "s2": {"s3": {}}}
    assert not {"type", "trace_id", "parent_id"} & merged["subsegments"][1].keys()


def test_a_subsegment_takes_the_place_of_the_embedded_one() -> None:
    embedded = segment(2, trace_id=None, name="begun", end_time=None, in_progress=True)
    (merged,) = document.merge([segment(1, subsegments=[embedded]), subsegment(2, 1, name="ended")])
    assert tree(merged) == {"ended": {}}


def test_what_belongs_nowhere_stays() -> None:
    """Subsegments without a parent, or that contain each other, are kept."""
    given = [
        segment(1),
        subsegment(2, 9),
        subsegment(3, 4),
        subsegment(4, 3),
        subsegment(5, 5),
        subsegment(6, 2),
    ]
    merged = document.merge(given)
    trees = {each["name"]: tree(each) for each in merged}
    assert trees == {"s1": {}, "s2": {"s6": {}}, "s3": {}, "s4": {}, "s5": {}}


@pytest.mark.parametrize("embedded", [None, 7, "x", {"id": 1}, [None, 7, "x", []], [{"id": [1]}, {}]])
def test_garbage_among_subsegments_is_passed_over(embedded: Any) -> None:
    given = [document.read(json.dumps(segment(1, subsegments=embedded))), subsegment(2, 1)]
    (merged,) = document.merge(given)
    assert [each.get("name") for each in document.subsegments(merged)][-1] == "s2"
