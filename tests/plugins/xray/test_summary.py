"""Summaries of traces.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from typing import Any

import pytest

from sandbox.services.xray.summary import summarise
from tests.plugins.xray.made import segment, subsegment


def test_response_time_and_errors_are_those_of_the_root() -> None:
    """The response time, error and fault are the root's; duration and throttles cover all segments."""
    root = segment(10, end_time=12.0, error=True)
    below = segment(11, parent_id=root["id"], end_time=19.5, fault=True, throttle=True)
    found = summarise([below, root])
    assert found.fields["ResponseTime"] == 2.0
    assert found.fields["Duration"] == 9.5
    assert found.fields["StartTime"] == 10.0
    flags = (found.fields["HasError"], found.fields["HasFault"], found.fields["HasThrottle"])
    assert flags == (True, False, True)
    assert [each["Name"] for each in found.fields["ServiceIds"]] == ["s11", "s10"]


def test_annotations_have_types() -> None:
    """Values 1 and true differ, repeated values count once, and lists and nulls are ignored."""
    made = summarise(
        [
            segment(1, annotations={"a": 1, "b": "x"}),
            segment(2, annotations={"a": True}, subsegments=[segment(3, annotations={"b": "x"})]),
            subsegment(4, 1, annotations={"c": 2.5, "d": [1], "e": None}),
        ]
    )
    found = {
        name: [each["AnnotationValue"] for each in values]
        for name, values in made.fields["Annotations"].items()
    }
    assert found == {
        "a": [{"NumberValue": 1.0}, {"BooleanValue": True}],
        "b": [{"StringValue": "x"}],
        "c": [{"NumberValue": 2.5}],
    }


def test_a_segment_in_progress_has_no_response_time() -> None:
    """A trace with a segment in progress is partial and has no response time."""
    found = summarise([segment(1, end_time=None, in_progress=True)])
    assert "ResponseTime" not in found.fields
    assert found.fields["IsPartial"]
    assert found.fields["Duration"] == 0


@pytest.mark.parametrize("garbage", [None, 7, "x", [], ["x"], {}, {"a": {"b": 1}}])
def test_fields_of_other_types_are_ignored(garbage: Any) -> None:
    """Fields of unexpected types are ignored in a trace's summary."""
    names = ("http", "aws", "annotations", "origin", "subsegments", "fault", "throttle")
    found = summarise([segment(1, **dict.fromkeys(names, garbage)), subsegment(2, 9, annotations=garbage)])
    assert not found.annotations
    assert not found.fields["HasFault"]
