"""Traces put together, summed up and found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tracing.filters import Unreadable, compile_filter
from sandbox.tracing.merging import merged
from sandbox.tracing.summaries import Summary, summarise

TRACE = "1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa"


def segment(id: str, start: float = 0, end: float | None = 1, **more: Any) -> dict[str, Any]:
    over = {} if end is None else {"end_time": end}
    return {"id": id, "name": f"service {id}", "start_time": start, **over, **more}


def subsegment(id: str, parent: str, **more: Any) -> dict[str, Any]:
    return segment(id, parent_id=parent, type="subsegment", **more)


def test_subsegments_lie_within_their_parents() -> None:
    """Those that came by themselves too, below one another; those of an unknown parent stay apart."""
    top = merged([subsegment("c", "b"), segment("a"), subsegment("b", "a"), subsegment("x", "missing")])
    assert [each["id"] for each in top] == ["a", "x"]
    [b] = top[0]["subsegments"]
    assert [each["id"] for each in b["subsegments"]] == ["c"]


def test_a_subsegment_is_there_once() -> None:
    """Though it came within its parent as well."""
    [whole] = merged([segment("a", subsegments=[segment("b")]), subsegment("b", "a", fault=True)])
    assert whole["subsegments"] == [subsegment("b", "a", fault=True)]


def test_subsegments_that_are_each_others_parents_do_no_harm() -> None:
    assert merged([subsegment("a", "b"), subsegment("b", "a")]) == []


SUMMARY = summarise(
    TRACE,
    [
        segment(
            "a",
            0,
            2,
            http={"request": {"url": "https://api/tasks", "method": "POST"}, "response": {"status": 202}},
            annotations={"task_id": "one", "attempt": 1},
        ),
        segment("b", 5, 9, fault=True, annotations={"attempt": 2, "cold": True}, origin="AWS::Lambda"),
    ],
)


def test_a_trace_is_summed_up() -> None:
    """Its duration is that of all of it, its response time and request those of its first segment."""
    assert (SUMMARY.duration, SUMMARY.response_time) == (9, 2)
    assert (SUMMARY.fault, SUMMARY.error, SUMMARY.throttle, SUMMARY.partial) == (True, False, False, False)
    assert SUMMARY.annotations == {"task_id": ["one"], "attempt": [1, 2], "cold": [True]}
    assert SUMMARY.services == [("service a", ""), ("service b", "AWS::Lambda")]
    assert summarise(TRACE, [segment("a", end=None)]).partial


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", True),
        ('annotation.task_id = "one"', True),
        ('annotation[task_id] = "one"', True),
        ('annotation["task_id"] = "other"', False),
        ('annotation.task_id BEGINSWITH "o" AND annotation.task_id ENDSWITH "e"', True),
        ('annotation.task_id CONTAINS "x"', False),
        ("annotation.attempt = 2", True),
        ("annotation.attempt > 2", False),
        ("annotation.cold = true", True),
        ("annotation.task_id", True),
        ("annotation.missing", False),
        ('annotation.attempt = "2"', False),
        ("fault", True),
        ("!fault", False),
        ("ok", False),
        ("error OR throttle", False),
        ("fault AND (error OR duration >= 5)", True),
        ("responsetime > 2.5 || duration < 10", True),
        ('service("service b") && http.status = 202', True),
        ('service("service c")', False),
        ('http.url CONTAINS "/tasks" AND http.method != "GET"', True),
        ("NOT partial and not error", True),
    ],
)
def test_traces_are_found_by_expressions(expression: str, expected: bool) -> None:
    assert compile_filter(expression)(SUMMARY) is expected


@pytest.mark.parametrize(
    "expression",
    [
        *("annotation", "annotation.a =", "fault AND", "(fault", "fault)", 'service("a"', "nonsense", "#"),
        *('duration = soon"', "annotation.a = [", "(" * 60 + "fault" + ")" * 60, "fault " * 1000),
    ],
)
def test_what_is_no_expression_is_said(expression: str) -> None:
    with pytest.raises(Unreadable):
        compile_filter(expression)


@given(st.text() | st.text(alphabet='annotation.fault AND OR!()"=<>1 '))
def test_no_expression_breaks_the_reader(expression: str) -> None:
    try:
        wanted = compile_filter(expression)
    except Unreadable:
        return
    assert isinstance(wanted(SUMMARY), bool)


def test_an_empty_summary_is_found_by_nothing() -> None:
    empty = Summary(
        id=TRACE, start=0, end=0, response_time=0, fault=False, error=False, throttle=False, partial=False
    )
    assert not compile_filter("http.status = 200 OR annotation.a = 1 OR fault")(empty)
