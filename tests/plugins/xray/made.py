"""Segments for tests."""

import json
from typing import Any

Segment = dict[str, Any]

TRACE = "1-5759e988-bd862e3fe1be46a994272793"


def trace(number: int) -> str:
    """Return the id of a trace that began `number` seconds after TRACE."""
    return f"1-{0x5759E988 + number:08x}-bd862e3fe1be46a994272793"


def segment(number: int, **fields: Any) -> Segment:
    """Return a one-second segment with the number as its id; None leaves a field out."""
    made = {
        "id": f"{number:016x}",
        "trace_id": TRACE,
        "name": f"s{number}",
        "start_time": float(number),
        "end_time": number + 1.0,
    }
    return {name: value for name, value in (made | fields).items() if value is not None}


def subsegment(number: int, parent: int, **fields: Any) -> Segment:
    """Return an independent subsegment."""
    return segment(number, type="subsegment", parent_id=f"{parent:016x}", **fields)


def raw(document: Any) -> bytes:
    return json.dumps(document).encode()
