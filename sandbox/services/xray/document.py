"""Parsing, validation and merging of segment documents.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from sandbox.services.xray.header import is_id, is_trace_id, seconds_of

MAX_BYTES = 64 * 1024
NAME_CHARACTERS = 200
_LATEST = 1e11
"""The latest valid time in seconds since 1970. It excludes infinity and numbers that exceed a float."""

type Segment = dict[str, Any]

type Value = str | float | bool
"""An annotation's value."""


class Malformed(Exception):
    """X-Ray rejects the document.

    AWS documents the code InvalidTraceId; the other codes are named alike:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-segments
    """

    def __init__(self, code: str, segment_id: str | None = None) -> None:
        super().__init__(f"Invalid segment. ErrorCode: {code}")
        self.code = code
        self.segment_id = segment_id


def read(raw: str | bytes, *, since: float = 0) -> Segment:
    """Parse a segment, or a subsegment that was sent separately.

    Args:
        raw: The document.
        since: The earliest start of a trace that is accepted, in seconds since 1970.

    Raises:
        Malformed: X-Ray rejects the document.
    """
    if len(raw) > MAX_BYTES or (isinstance(raw, str) and len(raw.encode(errors="replace")) > MAX_BYTES):
        raise Malformed("SegmentTooLarge")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("ParseError") from error
    if not isinstance(found, dict):
        raise Malformed("ParseError")
    code = _fault_of(found)
    if code is None and seconds_of(found["trace_id"]) < since:
        code = "InvalidTraceId"
    if code:
        raise Malformed(code, found["id"] if is_id(found.get("id")) else None)
    return found


def is_subsegment(segment: Segment) -> bool:
    """Return whether a segment is an independent subsegment, sent separately from its segment."""
    return segment.get("type") == "subsegment"


def is_in_progress(segment: Segment) -> bool:
    """Return whether a segment has not ended."""
    return not is_time(segment.get("end_time"))


def is_time(value: object) -> TypeGuard[float]:
    """Return whether a value is a valid time."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST


def subsegments(segment: Segment) -> list[Segment]:
    """Return the embedded subsegments, without invalid ones."""
    embedded = segment.get("subsegments")
    return [each for each in embedded if isinstance(each, dict)] if isinstance(embedded, list) else []


def walk(segment: Segment) -> Iterator[Segment]:
    """Yield a segment and its subsegments at any depth."""
    open_ones = [segment]
    while open_ones:
        yield (each := open_ones.pop())
        open_ones += subsegments(each)


def merge(segments: Iterable[Segment]) -> list[Segment]:
    """Merge a trace's independent subsegments into their parents, and return the other documents.

    A subsegment replaces an embedded one of the same id, and loses the fields that only documents
    sent separately have. A subsegment whose parent is unknown or within itself stays separate, so that
    nothing is lost. The given segments are modified.
    """
    given = list(segments)
    home = {}  # by id: the document that contains it
    known = {}
    for top in sorted(given, key=is_subsegment):  # an independent one is newer
        for each in walk(top):
            if is_id(each.get("id")):
                home[each["id"]], known[each["id"]] = top, each
    moved = [each for each in given if is_subsegment(each) and _has_root(each, home)]
    for each in moved:
        parent = known[each["parent_id"]]
        others = [other for other in subsegments(parent) if other.get("id") != each["id"]]
        parent["subsegments"] = [*others, each]
    for each in moved:
        for name in ("type", "trace_id", "parent_id"):
            del each[name]
    gone = set(map(id, moved))
    return [each for each in given if id(each) not in gone]


def _has_root(subsegment: Segment, home: Mapping[str, Segment]) -> bool:
    """Return whether the chain of parents ends at a known segment, without a cycle."""
    passed = {id(subsegment)}
    above = home.get(subsegment["parent_id"])
    if above is None:
        return False
    while above is not None and is_subsegment(above):
        if id(above) in passed:
            return False
        passed.add(id(above))
        above = home.get(above["parent_id"])
    return True


def _fault_of(found: Segment) -> str | None:
    """Return the error code of a document, or None if it is valid."""
    name = found.get("name")
    if not is_id(found.get("id")):
        return "InvalidId" if "id" in found else "MissingId"
    if not isinstance(name, str) or not 0 < len(name) <= NAME_CHARACTERS:
        return "InvalidName" if name is not None else "MissingName"
    if not is_trace_id(found.get("trace_id")):
        return "InvalidTraceId"
    if "parent_id" in found and not is_id(found["parent_id"]):
        return "InvalidParentId"
    if is_subsegment(found) and "parent_id" not in found:
        return "MissingParentId"
    if not is_time(found.get("start_time")):
        return "InvalidStartTime" if "start_time" in found else "MissingStartTime"
    if not is_time(found.get("end_time")) and found.get("in_progress") is not True:
        return "InvalidEndTime" if "end_time" in found else "MissingEndTime"
    return None
