"""A trace's documents as a tree of spans."""

import json
from typing import Any

import pytest

from faultline.operations.spans import spans


def segment(id: str, start: float, end: float | None = None, **more: Any) -> str:
    over = {} if end is None else {"end_time": end}
    return json.dumps({"id": id, "name": f"span {id}", "start_time": start, **over, **more})


def outline(documents: list[str]) -> list[tuple[int, str]]:
    return [(span.depth, span.name.removeprefix("span ")) for span in spans(documents)]


def test_parts_lie_below_their_whole() -> None:
    """Spans are nested by their parents, in whatever order or form subsegments arrive."""
    call = {"id": "c", "name": "span c", "start_time": 1.5, "end_time": 2}
    documents = [
        segment("d", 3, 4, parent_id="c"),
        segment("b", 1, 3, parent_id="a", subsegments=[call]),
        segment("a", 0, 5),
    ]
    assert outline(documents) == [(0, "a"), (1, "b"), (2, "c"), (3, "d")]


def test_what_began_first_comes_first() -> None:
    """Children of one span are ordered by their start; a span without its parent becomes a root."""
    documents = [
        segment("late", 3, 4, parent_id="a"),
        segment("early", 1, 2, parent_id="a"),
        segment("a", 0, 5),
        segment("orphan", 2, 3, parent_id="missing"),
    ]
    assert outline(documents) == [(0, "a"), (1, "early"), (1, "late"), (0, "orphan")]


@pytest.mark.parametrize("reverse", [False, True])
def test_the_end_of_a_span_replaces_its_beginning(reverse: bool) -> None:
    """A completed span replaces its unfinished form in either order; an unfinished one has no duration."""
    documents = [segment("a", 0, in_progress=True), segment("a", 0, 5, fault=True)]
    [span] = spans(reversed(documents) if reverse else documents)
    assert (span.seconds, span.outcome) == (5, "fault")
    [lost] = spans(documents[:1])
    assert (lost.seconds, lost.outcome) == (None, "ok")


def test_a_span_says_what_it_was() -> None:
    document = segment(
        "a", 0, 1, error=True, throttle=True, annotations={"attempt": 2}, aws={"operation": "PutItem"}
    )
    [span] = spans([document])
    assert (span.outcome, span.operation, span.annotations) == ("throttle", "PutItem", {"attempt": 2})
