"""Segment documents: read, checked, and put together.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from sandbox.services.xray.header import is_id, is_trace_id, seconds_of

MOST_BYTES = 64 * 1024
NAME_CHARACTERS = 200
_LATEST = 1e11
"""Seconds since 1970 that no time is beyond; keeps out infinity, and numbers that are no float."""

type Segment = dict[str, Any]

type Value = str | float | bool
"""An annotation's."""


class Malformed(Exception):
    """X-Ray does not take such a document. AWS documents InvalidTraceId; the other codes are named likewise:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-segments
    """

    def __init__(self, code: str, segment_id: str | None = None) -> None:
        super().__init__(f"Invalid segment. ErrorCode: {code}")
        self.code = code
        self.segment_id = segment_id


def read(raw: str | bytes, *, since: float = 0) -> Segment:
    """The segment, or the subsegment that was sent by itself, of a trace that began no earlier than `since`.

    Raises Malformed.
    """
    if len(raw) > MOST_BYTES or (isinstance(raw, str) and len(raw.encode(errors="replace")) > MOST_BYTES):
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
    """Whether it was sent by itself and belongs into another: an "independent" subsegment."""
    return segment.get("type") == "subsegment"


def is_in_progress(segment: Segment) -> bool:
    return not is_time(segment.get("end_time"))


def is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST


def subsegments(segment: Segment) -> list[Segment]:
    """The subsegments that are embedded in it; whatever else is there is passed over."""
    embedded = segment.get("subsegments")
    return [each for each in embedded if isinstance(each, dict)] if isinstance(embedded, list) else []


def walk(segment: Segment) -> Iterator[Segment]:
    """It and all that is embedded in it, at any depth."""
    open_ones = [segment]
    while open_ones:
        yield (each := open_ones.pop())
        open_ones += subsegments(each)


def merge(segments: Iterable[Segment]) -> list[Segment]:
    """The segments of a trace, each with the independent subsegments that belong into it, at their parents.

    A subsegment takes the place of one of the same id that is there already, and loses the fields that it
    needed to be sent separately. One whose parent is unknown, or is within itself, stays as it is, so that
    nothing is lost. The segments given are changed.
    """
    given = list(segments)
    home = {}  # of each id: the document that it is in
    known = {}
    for top in sorted(given, key=is_subsegment):  # an independent one is the newer
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
    """Whether its parent is known, and going up from parent to parent does not come back to where it was."""
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
    """The code of what is wrong with a document; None when nothing is."""
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
