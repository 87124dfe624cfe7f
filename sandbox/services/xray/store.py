"""The traces of this sandbox, in memory.

X-Ray keeps traces for 30 days. Here the documents of all of them may have MOST_BYTES together, and the oldest
traces make room for new ones. What is sent in is only put in line; it is read when somebody asks for traces,
so that an application pays next to nothing for being traced.
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

MOST_BYTES = 64 * 1024 * 1024
TRACE_BYTES = 500 * 1000
"""The size of a trace beyond which X-Ray takes no more of it
(https://docs.aws.amazon.com/general/latest/gr/xray.html)."""

OVERHEAD_BYTES = 300
"""What Python needs for a document beside its text, about."""

READ_AT_ONCE = 100


class Place(NamedTuple):
    """Where a trace is: each account has traces of its own in each region."""

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
    """What is known of a trace: its documents by the ids of their segments, in the order they came in.

    `limit_exceeded` when there were more than fit in.
    """

    id: str
    documents: Mapping[str, bytes] = field(default_factory=dict)
    size: int = 0
    updated_at: float = 0.0
    limit_exceeded: bool = False

    def segments(self) -> list[Segment]:
        """The documents, read anew: they may be changed."""
        return [document.read(each) for each in self.documents.values()]

    @cached_property
    def summary(self) -> Summary:
        return summarise(self.segments())

    def with_document(self, segment: Segment, sent: _Sent) -> "Trace":
        """The trace with another document, which takes the place of an earlier one of its segment.

        A segment that is in progress does not undo its end, whichever comes first: datagrams may overtake
        each other.
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
    """Traces by place and id, of `most_bytes` at most. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sent = deque[_Sent]()
        self._traces: dict[tuple[Place, str], Trace] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()

    def add(self, place: Place, documents: Iterable[bytes], at: float) -> None:
        """Take segment documents in. One that is malformed is forgotten when it is read."""
        with self._lock:
            for each in documents:
                sent = _Sent(place, each, at)
                self._sent.append(sent)
                self._bytes += sent.size
            self._make_room()

    def traces(self, place: Place) -> list[Trace]:
        """All traces of a place, the oldest first."""
        self._read()
        with self._lock:
            return [trace for (where, _), trace in self._traces.items() if where == place]

    def trace(self, place: Place, trace_id: str) -> Trace | None:
        self._read()
        with self._lock:
            return self._traces.get((place, trace_id))

    @property
    def bytes(self) -> int:
        """What all documents need."""
        return self._bytes

    def clear(self) -> None:
        """Forget everything."""
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
        """Put what was sent in into its traces; whoever sends meanwhile does not wait for it."""
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
"""The sandbox's."""
