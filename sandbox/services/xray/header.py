"""Tracing headers and their ids.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
"""

import re
import secrets
from dataclasses import dataclass

NAME = "X-Amzn-Trace-Id"

_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_DECISIONS = {"0": False, "1": True}


@dataclass(frozen=True, kw_only=True)
class TraceHeader:
    """A trace, the segment that sent a request, and whether the trace is sampled.

    `sampled` is None if the receiver decides, that is, if the header has no decision or `Sampled=?`.
    """

    root: str
    parent: str | None = None
    sampled: bool | None = None

    def __str__(self) -> str:
        parts = [f"Root={self.root}"]
        if self.parent is not None:
            parts.append(f"Parent={self.parent}")
        if self.sampled is not None:
            parts.append(f"Sampled={int(self.sampled)}")
        return ";".join(parts)


def parse(text: str | None) -> TraceHeader | None:
    """Parse a header, skipping malformed parts; return None if it names no trace."""
    fields: dict[str, str] = {}
    for part in (text or "").split(";"):
        name, _, value = part.strip().partition("=")
        fields.setdefault(name.lower(), value.strip())
    root, parent = fields.get("root", ""), fields.get("parent", "")
    if not is_trace_id(root):
        return None
    return TraceHeader(
        root=root,
        parent=parent if is_id(parent) else None,
        sampled=_DECISIONS.get(fields.get("sampled", "")),
    )


def is_trace_id(value: object) -> bool:
    """Return whether a value is a trace id."""
    return isinstance(value, str) and _TRACE_ID.fullmatch(value) is not None


def is_id(value: object) -> bool:
    """Return whether a value is the id of a segment or subsegment."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def seconds_of(trace_id: str) -> int:
    """Return the start of a trace in seconds since 1970, which is part of its id."""
    return int(trace_id[2:10], 16)


def new_trace_id(now: float) -> str:
    """Return an id for a trace that starts now."""
    return f"1-{int(now):08x}-{secrets.token_hex(12)}"


def new_id() -> str:
    """Return an id for a segment or subsegment."""
    return secrets.token_hex(8)
