"""Compact storage of log events, up to a size limit.

CloudWatch Logs keeps events for the retention of their group. Here all packed events together take at most
MAX_BYTES, and the oldest are dropped beyond that. moto keeps two objects for each event, about 6 KB for a
finished task, and drops none.
"""

import json
import logging
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from localstack.utils.patch import Patch
from moto.logs.models import LogEvent, LogStream

LOG = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
BLOCK = 50
"""Number of events that are packed together. At least as many of a stream's newest events stay unpacked."""


def install() -> None:
    """Pack the older events of new streams."""
    Patch.function(LogStream.__init__, _init).apply()


def _init(init: Callable[..., None], stream: LogStream, *given: Any, **more: Any) -> None:
    init(stream, *given, **more)
    setattr(stream, "events", Events(BLOCKS))  # noqa: B010 - in place of moto's list


class Blocks:
    """The packed blocks of all streams, in the order of packing, with at most `most_bytes`. Thread-safe."""

    def __init__(self, most_bytes: int = MAX_BYTES) -> None:
        self.lock = threading.RLock()
        self._most_bytes = most_bytes
        self._bytes = 0
        self._owners: deque[Events] = deque()
        self._is_full = False

    def add(self, owner: "Events", block: bytes) -> None:
        """Add a block to its stream, and drop the oldest blocks of all streams to make room."""
        owner.blocks.append(block)
        self._owners.append(owner)
        self._bytes += len(block)
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._owners.popleft().blocks.popleft())
            if not self._is_full:
                self._is_full = True
                LOG.warning("more than %d MB of log events: the oldest are dropped", self._most_bytes >> 20)


class Events:
    """The events of a stream, with the list operations that moto uses. The oldest are packed. Thread-safe."""

    def __init__(self, all_blocks: Blocks) -> None:
        self._all_blocks = all_blocks
        self.blocks: deque[bytes] = deque()
        self._newest: list[LogEvent] = []

    def __iadd__(self, events: Iterable[LogEvent]) -> "Events":
        """Add events at the end."""
        with self._all_blocks.lock:
            self._newest += events
            while len(self._newest) >= 2 * BLOCK:
                self._all_blocks.add(self, _packed(self._newest[:BLOCK]))
                del self._newest[:BLOCK]
        return self

    def __iter__(self) -> Iterator[LogEvent]:
        """Yield the current events, oldest first."""
        with self._all_blocks.lock:
            blocks, newest = tuple(self.blocks), tuple(self._newest)
        for block in blocks:
            yield from _unpacked(block)
        yield from newest

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Events":
        """Share the events with a copy of their stream, as moto copies groups to describe them."""
        return self

    def __bool__(self) -> bool:
        """Return whether there are any events."""
        return bool(self._newest)


def _packed(events: Iterable[LogEvent]) -> bytes:
    rows = [(each.event_id, each.ingestion_time, each.timestamp, each.message) for each in events]
    return zlib.compress(json.dumps(rows).encode())


def _unpacked(block: bytes) -> Iterator[LogEvent]:
    for event_id, ingestion_time, timestamp, message in json.loads(zlib.decompress(block)):
        event = object.__new__(LogEvent)
        event.event_id, event.ingestion_time = event_id, ingestion_time
        event.timestamp, event.message = timestamp, message
        yield event


BLOCKS = Blocks()
"""The packed log events of this sandbox."""
