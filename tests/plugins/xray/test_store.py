"""The store of traces, which keeps the newest ones up to a size limit."""

import threading

from sandbox.services.xray.store import OVERHEAD_BYTES, TRACE_BYTES, Place, Store
from tests.plugins.xray.made import TRACE, raw, segment, subsegment, trace

HERE, THERE = Place("1", "r"), Place("1", "s")


def names(store: Store, of: str = TRACE) -> set[str]:
    found = store.trace(HERE, of)
    return {each["name"] for each in found.segments()} if found else set()


def test_documents_of_a_trace_are_together() -> None:
    store = Store()
    store.add(HERE, [raw(segment(1)), raw(segment(2))], 1.0)
    store.add(HERE, [raw(segment(3))], 2.0)
    assert names(store) == {"s1", "s2", "s3"}
    (found,) = store.traces(HERE)
    assert found.updated_at == 2.0
    assert store.traces(THERE) == []
    assert store.trace(THERE, TRACE) is None


def test_what_is_malformed_is_forgotten() -> None:
    """A malformed document is dropped, and does not count towards the size."""
    store = Store()
    store.add(HERE, [b"garbage", raw(segment(1, name=None))], 1.0)
    assert store.traces(HERE) == []
    assert store.bytes == 0


def test_a_segment_is_replaced_by_its_end_only() -> None:
    """A complete segment is not replaced by its unfinished form, even if that arrives later."""
    store = Store()
    begun = raw(segment(1, end_time=None, in_progress=True, name="begun"))
    store.add(HERE, [begun], 1.0)
    assert names(store) == {"begun"}
    store.add(HERE, [raw(segment(1))], 2.0)
    assert names(store) == {"s1"}
    store.add(HERE, [begun], 3.0)
    assert names(store) == {"s1"}
    assert store.bytes == len(raw(segment(1))) + OVERHEAD_BYTES


def test_the_oldest_traces_make_room() -> None:
    """The oldest traces are removed whole, to stay within the size limit."""
    document = raw(segment(1, trace_id=trace(0)))
    most = 100 * (len(document) + OVERHEAD_BYTES)
    for reads in (True, False):
        store = Store(most)
        for number in range(250):
            store.add(HERE, [raw(segment(1, trace_id=trace(number)))], float(number))
            assert store.bytes <= most
            if reads and number % 30 == 0:
                store.traces(HERE)
        assert [each.id for each in store.traces(HERE)] == [trace(number) for number in range(150, 250)]
        assert store.bytes == most


def test_a_trace_has_an_end() -> None:
    """A trace is cut off at its size limit, and marked as such."""
    store = Store()
    for number in range(100):
        store.add(HERE, [raw(segment(number, metadata={"filler": "x" * 10_000}))], 1.0)
    found = store.trace(HERE, TRACE)
    assert found
    assert found.limit_exceeded
    assert found.size <= TRACE_BYTES
    assert store.bytes == found.size


def test_it_is_added_to_while_it_is_read() -> None:
    """Concurrent additions and reads lose nothing, and the size in bytes is right."""
    store = Store()

    def add(base: int) -> None:
        for number in range(200):
            store.add(HERE, [raw(segment(base + number, trace_id=trace(number)))], 1.0)

    threads = [threading.Thread(target=add, args=(base,)) for base in range(0, 4000, 1000)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.traces(HERE)
    found = store.traces(HERE)
    assert len(found) == 200
    assert all(len(each.documents) == 4 for each in found)
    assert store.bytes == sum(each.size for each in found)


def test_a_summary_is_made_anew_when_there_is_more() -> None:
    store = Store()
    store.add(HERE, [raw(segment(1))], 1.0)
    assert store.traces(HERE)[0].summary.fields["Duration"] == 1.0
    store.add(HERE, [raw(subsegment(5, 1, annotations={"a": 1}))], 2.0)
    summary = store.traces(HERE)[0].summary
    assert summary.fields["Duration"] == 5.0
    assert summary.annotations == {"a": (1,)}
