"""What is kept of traces: the last word of each segment, and no more than there is room for."""

import json
from typing import Any

import pytest

from sandbox.tracing.header import new_trace_id
from sandbox.tracing.segments import MAX_BYTES, Refused, parse
from sandbox.tracing.store import TraceStore

TRACE = "1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa"


def document(id: str = "a" * 16, trace_id: str = TRACE, **more: Any) -> str:
    base = {"id": id, "trace_id": trace_id, "name": "worker", "start_time": 1.0, "end_time": 2.0}
    return json.dumps({key: value for key, value in {**base, **more}.items() if value is not None})


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_end_replaces_a_beginning(order: tuple[int, int]) -> None:
    """In whatever order datagrams come."""
    both = (document(end_time=None, in_progress=True), document(fault=True))
    store = TraceStore()
    for index in order:
        store.put(both[index])
    [segment] = store.trace(TRACE)
    assert segment["fault"] is True


def test_the_oldest_traces_go() -> None:
    """When there is no room for all."""
    store = TraceStore(max_bytes=10 * len(document()))
    ids = [new_trace_id() for _ in range(50)]
    for id in ids:
        store.put(document(trace_id=id))
    kept = store.ids()
    assert kept == ids[-len(kept) :]
    assert 5 <= len(kept) <= 11
    assert store.trace(ids[0]) == []


def test_one_trace_that_is_too_large_is_kept() -> None:
    """There is none to make room."""
    store = TraceStore(max_bytes=100)
    for number in range(10):
        store.put(document(id=f"{number:016x}"))
    assert len(store.trace(TRACE)) == 10


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "ParseError"),
        ("[]", "ParseError"),
        ("[" * 50_000, "ParseError"),
        (document(id="short"), "InvalidId"),
        (document(id=7), "InvalidId"),  # type: ignore[arg-type]
        (document(trace_id="1-2-3"), "InvalidTraceId"),
        (document(name=""), "InvalidName"),
        (document(start_time="now"), "InvalidStartTime"),
        (document(end_time=None), "InvalidEndTime"),
        (document(padding="x" * MAX_BYTES), "SegmentTooLarge"),
    ],
)
def test_what_is_no_segment_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)
    assert refused.value.code == code
