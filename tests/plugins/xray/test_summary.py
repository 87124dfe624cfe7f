"""What a trace's documents say of it as a whole.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from typing import Any

import pytest

from sandbox.services.xray.summary import summarise
from tests.plugins.xray.made import segment, subsegment


def test_the_root_is_the_one_above_all() -> None:
    """Its response time, its errors; the duration is of all, and a throttle of any."""
    root = segment(10, end_time=12.0, error=True, http={"response": {"status": 404}})
    below = segment(11, parent_id=root["id"], end_time=19.5, fault=True, throttle=True)
    found = summarise([below, root])
    assert found.fields["ResponseTime"] == 2.0
    assert found.fields["Duration"] == 9.5
    assert found.fields["StartTime"] == 10.0
    assert found.fields["Http"] == {"HttpStatus": 404}
    flags = (found.fields["HasError"], found.fields["HasFault"], found.fields["HasThrottle"])
    assert flags == (True, False, True)
    assert found.fields["EntryPoint"] == {"Name": "s10", "Names": ["s10"]}


def test_annotations_have_their_types_and_services() -> None:
    """1 and true are not the same; a value that two services gave has both."""
    made = summarise(
        [
            segment(1, annotations={"a": 1, "b": "x"}),
            segment(2, annotations={"a": True}, subsegments=[segment(3, annotations={"b": "x"})]),
            subsegment(4, 1, annotations={"c": 2.5, "d": [1], "e": None}),
        ]
    )
    found = {
        name: [(each["AnnotationValue"], [of["Name"] for of in each["ServiceIds"]]) for each in values]
        for name, values in made.fields["Annotations"].items()
    }
    assert found == {
        "a": [({"NumberValue": 1.0}, ["s1"]), ({"BooleanValue": True}, ["s2"])],
        "b": [({"StringValue": "x"}, ["s1", "s2"])],
        "c": [({"NumberValue": 2.5}, ["s1"])],
    }


def test_one_in_progress_has_no_response_time() -> None:
    found = summarise([segment(1, end_time=None, in_progress=True)])
    assert "ResponseTime" not in found.fields
    assert found.fields["IsPartial"]
    assert found.fields["Duration"] == 0


@pytest.mark.parametrize(
    "garbage", [None, 7, "x", [], ["x"], {}, {"request": 7, "response": []}, {"a": {"b": 1}}]
)
def test_garbage_is_passed_over(garbage: Any) -> None:
    """Of the types that fields should not have."""
    names = ("http", "aws", "annotations", "origin", "resource_arn", "user", "subsegments", "links", "fault")
    found = summarise([segment(1, **dict.fromkeys(names, garbage)), subsegment(2, 9, aws=garbage)])
    assert found.fields["Revision"] == 2
