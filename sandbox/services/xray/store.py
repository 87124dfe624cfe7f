"""The sandbox's traces, in memory.

X-Ray keeps traces for 30 days. Here all documents together may have MAX_BYTES, and the oldest traces are
dropped for new ones. Documents are queued when they arrive and parsed when traces are read, so tracing costs
an application little.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from sandbox.services.xray import document
from sandbox.services.xray.document import Malformed, Segment
from sandbox.services.xray.summary import Summary, summarise

LOG = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
TRACE_BYTES = 500 * 1000
"""The size of a trace from which on X-Ray accepts no more of it
(https://docs.aws.amazon.com/general/latest/gr/xray.html)."""

OVERHEAD_BYTES = 300
"""The approximate memory of a document beside its text."""

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


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A trace: its documents by the ids of their segments, in the order of arrival.

    `limit_exceeded` is set when documents were dropped for their size.
    """

    id: str
    documents: Mapping[str, bytes] = field(default_factory=dict)
    size: int = 0
    updated_at: float = 0.0
    limit_exceeded: bool = False

    def segments(self) -> list[Segment]:
        """Return the documents, parsed anew so that callers may change them."""
        return [document.read(each) for each in self.documents.values()]

    @cached_property
    def summary(self) -> Summary:
        """The trace's summary."""
        return summarise(self.segments())

    def with_document(self, segment: Segment, sent: _Sent) -> "Trace":
        """Return the trace with another document, which replaces an earlier one of its segment.

        A segment in progress does not replace one that has ended, since datagrams may overtake each other.
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
        self._sent = deque[_Sent]()
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
        """Return all traces of a place, the oldest first."""
        self._read()
        with self._lock:
            return [trace for (where, _), trace in self._traces.items() if where == place]

    def trace(self, place: Place, trace_id: str) -> Trace | None:
        """Return a trace, if there is one of that id."""
        self._read()
        with self._lock:
            return self._traces.get((place, trace_id))

    @property
    def bytes(self) -> int:
        """The bytes of all documents."""
        return self._bytes

    def clear(self) -> None:
        """Remove all traces."""
        with self._reading, self._lock:
            self._sent.clear()
            self._traces.clear()
            self._bytes = 0

    def _make_room(self) -> None:
        while self._bytes > self._most_bytes and (self._traces or self._sent):
            if self._traces:
                self._bytes -= self._traces.pop(next(iter(self._traces))).size
            else:
                self._bytes -= self._sent.popleft().size

    def _read(self) -> None:
        """Parse queued documents into their traces. Senders do not wait meanwhile."""
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
            return [self._sent.popleft() for _ in range(min(len(self._sent), READ_AT_ONCE))]

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
