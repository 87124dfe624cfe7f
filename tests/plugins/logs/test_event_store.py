"""Packing of log events, and removal of the oldest ones beyond the size limit."""

import copy
import logging
import random
import threading

import pytest
from moto.logs.models import LogEvent

from sandbox.services.logs.event_store import BLOCK, Blocks, Events


def events(count: int, first: int = 0) -> list[LogEvent]:
    return [LogEvent(7, {"timestamp": number, "message": f'{{"n": {number}, "s": "é"}}'})
            for number in range(first, first + count)]  # fmt: skip


def shown(found: Events) -> list[tuple[int, int, int, str]]:
    return [(each.event_id, each.ingestion_time, each.timestamp, each.message) for each in found]


def test_events_are_read_as_they_were_added() -> None:
    """Events keep their order and content, packed or not."""
    store, given = Events(Blocks()), events(5 * BLOCK + 7)
    assert not store
    for at in range(0, len(given), 9):
        store += given[at : at + 9]
    assert store
    assert store.blocks
    assert shown(store) == [(each.event_id, 7, each.timestamp, each.message) for each in given]


def test_a_group_can_be_copied() -> None:
    """A group can be copied, as moto does for each DescribeLogGroups."""
    store = Events(Blocks())
    store += events(3)
    assert shown(copy.deepcopy({"stream": store})["stream"]) == shown(store)


def test_the_oldest_are_forgotten_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """The oldest events of all streams are dropped beyond the size limit, with a warning."""
    all_blocks = Blocks(most_bytes=20_000)
    one, other = Events(all_blocks), Events(all_blocks)
    chance = random.Random(1)
    with caplog.at_level(logging.WARNING):
        for number in range(200):
            for store in (one, other):
                store += [
                    LogEvent(7, {"timestamp": number, "message": chance.randbytes(40).hex()})
                    for _ in range(BLOCK // 4)
                ]
    for store in (one, other):
        times = [each.timestamp for each in store]
        assert times == sorted(times)
        assert times[0] > 0
        assert times[-1] == 199
        assert sum(map(len, store.blocks)) <= 20_000
    assert [record.message for record in caplog.records] == [
        "more than 0 MB of log events: the oldest are dropped"
    ]


def test_events_are_added_while_others_read() -> None:
    """Concurrent readers miss no event and read none twice."""
    store = Events(Blocks())

    def add() -> None:
        nonlocal store
        for number in range(0, 4 * BLOCK, 10):
            store += events(10, number)

    thread = threading.Thread(target=add)
    thread.start()
    while thread.is_alive():
        times = [each.timestamp for each in store]
        assert times == list(range(len(times)))
    assert len([*store]) == 4 * BLOCK
