"""The traces that there are, in memory: a sandbox's end is theirs.

X-Ray keeps them for 30 days; here the oldest go when there are too many.
"""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from sandbox.tracing.segments import Segment, parse

MAX_BYTES = 64 * 1024 * 1024


@dataclass
class _Trace:
    """The documents of a trace by the ids of their segments, and which of those are over."""

    documents: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)


class TraceStore:
    """Any thread may use it. Documents are kept as text, which is a fifth of what their objects take."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, _Trace] = OrderedDict()

    def put(self, document: str) -> None:
        """Keep a segment; one that is in progress is replaced by its end, never the other way round.

        Raises Refused when the document is no segment.
        """
        segment = parse(document)
        id, over = segment["id"], "end_time" in segment
        with self._lock:
            trace = self._traces.setdefault(segment["trace_id"], _Trace())
            if id in trace.over and not over:
                return
            self._bytes += len(document) - len(trace.documents.get(id, ""))
            trace.documents[id] = document
            if over:
                trace.over.add(id)
            self._make_room()

    def trace(self, trace_id: str) -> list[Segment]:
        """The segments of a trace, in the order in which they came; empty when there is none."""
        with self._lock:
            found = self._traces.get(trace_id)
            documents = list(found.documents.values()) if found else []
        return [json.loads(document) for document in documents]

    def ids(self) -> list[str]:
        """The traces' ids, the oldest first."""
        with self._lock:
            return list(self._traces)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._traces.clear()
            self._bytes = 0

    def _make_room(self) -> None:
        while self._bytes > self._max_bytes and len(self._traces) > 1:
            _, oldest = self._traces.popitem(last=False)
            self._bytes -= sum(map(len, oldest.documents.values()))


TRACES = TraceStore()
