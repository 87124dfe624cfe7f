"""Delivery of segments from AWS's own services to the sandbox's traces."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.services.xray.store import STORE, Place

Fields = Mapping[str, Any]


def send(place: Place, segments: Iterable[Fields]) -> None:
    """Put finished segments into their traces."""
    STORE.add(place, [json.dumps(each, separators=(",", ":")).encode() for each in segments], time.time())


def flags(status: int) -> Fields:
    """Return the flags of a segment by HTTP status: a fault is the server's, an error the client's.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors
    """
    found: dict[str, bool] = {}
    if status >= 500:
        found["fault"] = True
    elif status >= 400:
        found["error"] = True
    if status == 429:
        found["throttle"] = True
    return found


def span(started_at: float, ended_at: float) -> Fields:
    """Return the times of a segment, in seconds since 1970."""
    return {"start_time": round(started_at, 6), "end_time": round(max(started_at, ended_at), 6)}
