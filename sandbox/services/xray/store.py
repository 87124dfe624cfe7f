"""The sandbox's traces, in memory.

X-Ray keeps traces for 30 days. Here all documents together take at most MAX_BYTES, and the oldest traces are
dropped beyond that. Documents are queued when they arrive and parsed when traces are read, so tracing costs
an application little; unread documents are packed to about an eighth of their size.
"""

import json
import logging
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from sandbox.services.xray import document
from sandbox.services.xray.document import Malformed, Segment
from sandbox.services.xray.summary import Summary, summarise

LOG = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
TRACE_BYTES = 500 * 1000
"""The size of a trace beyond which X-Ray accepts no more documents of it
(https://docs.aws.amazon.com/general/latest/gr/xray.html)."""

OVERHEAD_BYTES = 300
"""Approximate memory of a document besides its text."""

READ_AT_ONCE = 100


class Place(NamedTuple):
    """The account and region of a trace."""

    account: str
    region: str


class _Sent(NamedTuple):
    place: Place
    document: bytes
    at: float

    @property
    def size(self) -> int:
        return len(self.document) + OVERHEAD_BYTES


class _Block:
    """Queued documents, packed."""

    def __init__(self, sent: Sequence[_Sent]) -> None:
        head = json.dumps([(*each.place, each.at, len(each.document)) for each in sent]).encode()
        self._packed = zlib.compress(b"\n".join((head, *(each.document for each in sent))))

    def unpack(self) -> Iterator[_Sent]:
        """Yield the documents in the order in which they were sent."""
        unpacked = zlib.decompress(self._packed)
        begin = unpacked.index(b"\n") + 1
        for account, region, at, length in json.loads(unpacked[:begin]):
            yield _Sent(Place(account, region), unpacked[begin : begin + length], at)
            begin += length + 1


class _Queue:
    """Documents in the order in which they were sent. Most of them are packed."""

    def __init__(self) -> None:
        self._oldest = deque[_Sent]()
        self._blocks = deque[_Block]()
        self._newest = list[_Sent]()

    def __bool__(self) -> bool:
        return bool(self._oldest or self._blocks or self._newest)

    def append(self, sent: _Sent) -> None:
        """Add a document at the end."""
        self._newest.append(sent)
        if len(self._newest) == 2 * READ_AT_ONCE:
            self._blocks.append(_Block(self._newest[:READ_AT_ONCE]))
            del self._newest[:READ_AT_ONCE]

    def popleft(self) -> _Sent:
        """Take the oldest document; the queue must not be empty."""
        if not self._oldest:
            if self._blocks:
                self._oldest.extend(self._blocks.popleft().unpack())
            else:
                self._oldest.extend(self._newest)
                self._newest.clear()
        return self._oldest.popleft()

    def clear(self) -> None:
        """Remove all documents."""
        for part in (self._oldest, self._blocks, self._newest):
            part.clear()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A trace: its documents by the ids of their segments, in the order of arrival.

    `limit_exceeded` is set if documents were dropped because of the trace's size.
    """

    id: str
    documents: Mapping[str, bytes] = field(default_factory=dict)
    size: int = 0
    updated_at: float = 0.0
    limit_exceeded: bool = False

    def segments(self) -> list[Segment]:
        """Return newly parsed documents, which callers may change."""
        return [document.read(each) for each in self.documents.values()]

    @cached_property
    def summary(self) -> Summary:
        """The trace's summary."""
        return summarise(self.segments())

    def with_document(self, segment: Segment, sent: _Sent) -> "Trace":
        """Return the trace with another document, which replaces an earlier one of its segment.

        A segment in progress does not replace one that has ended, since datagrams may overtake each other. A
        document that would make the trace too large is dropped.
        """
        earlier = self.documents.get(segment["id"])
        if (
            earlier
            and document.is_in_progress(segment)
            and not document.is_in_progress(document.read(earlier))
        ):
            return self
        size = self.size + sent.size - (len(earlier) + OVERHEAD_BYTES if earlier else 0)
        if size > TRACE_BYTES:
            return self if self.limit_exceeded else replace(self, limit_exceeded=True)
        return replace(
            self,
            documents={**self.documents, segment["id"]: sent.document},
            size=size,
            updated_at=max(self.updated_at, sent.at),
        )


class Store:
    """Traces by place and id, with at most `most_bytes`. Thread-safe."""

    def __init__(self, most_bytes: int = MAX_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sent = _Queue()
        self._is_full = False
        self._traces: dict[tuple[Place, str], Trace] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()

    def add(self, place: Place, documents: Iterable[bytes], at: float) -> None:
        """Queue segment documents. Malformed ones are dropped when they are parsed."""
        with self._lock:
            for each in documents:
                sent = _Sent(place, each, at)
                self._sent.append(sent)
                self._bytes += sent.size
            self._make_room()

    def traces(self, place: Place) -> list[Trace]:
        """Return all traces of a place, oldest first."""
        self._read()
        with self._lock:
            return [trace for (where, _), trace in self._traces.items() if where == place]

    def trace(self, place: Place, trace_id: str) -> Trace | None:
        """Return a trace by id, or None."""
        self._read()
        with self._lock:
            return self._traces.get((place, trace_id))

    @property
    def bytes(self) -> int:
        """Size of all documents in bytes."""
        return self._bytes

    def clear(self) -> None:
        """Remove all traces."""
        with self._reading, self._lock:
            self._sent.clear()
            self._traces.clear()
            self._bytes = 0

    def _make_room(self) -> None:
        if self._bytes > self._most_bytes and not self._is_full:
            self._is_full = True
            LOG.warning("more than %d MB of traces: the oldest are dropped", self._most_bytes >> 20)
        while self._bytes > self._most_bytes and (self._traces or self._sent):
            if self._traces:
                self._bytes -= self._traces.pop(next(iter(self._traces))).size
            else:
                self._bytes -= self._sent.popleft().size

    def _read(self) -> None:
        """Parse queued documents into their traces. Senders need not wait for this."""
        with self._reading:
            while some := self._take():
                read = [(sent, _read(sent)) for sent in some]
                with self._lock:
                    for sent, segment in read:
                        self._bytes -= sent.size
                        if segment is not None:
                            self._put(sent, segment)
                    self._make_room()

    def _take(self) -> list[_Sent]:
        with self._lock:
            return [self._sent.popleft() for _ in range(READ_AT_ONCE) if self._sent]

    def _put(self, sent: _Sent, segment: Segment) -> None:
        key = (sent.place, segment["trace_id"])
        before = self._traces.get(key) or Trace(id=segment["trace_id"])
        after = before.with_document(segment, sent)
        self._traces[key] = after
        self._bytes += after.size - before.size


def _read(sent: _Sent) -> Segment | None:
    try:
        return document.read(sent.document)
    except Malformed as error:
        LOG.debug("not a segment: %s: %.200r", error.code, sent.document)
        return None


STORE = Store()
"""The traces of this sandbox."""
