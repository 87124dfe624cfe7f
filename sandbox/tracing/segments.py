"""Segment documents: what X-Ray accepts.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import json
from typing import Any

from sandbox.tracing.header import SEGMENT_ID, TRACE_ID

MAX_BYTES = 64 * 1024

type Segment = dict[str, Any]


class Refused(ValueError):
    """A document that is no segment.

    Attributes:
        id: of the segment, where it has one.
        code: X-Ray's.
    """

    def __init__(self, code: str, message: str, id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id


def parse(document: str) -> Segment:
    """Read a document. Raises Refused."""
    if len(document.encode(errors="surrogatepass")) > MAX_BYTES:
        raise Refused("SegmentTooLarge", f"a segment has at most {MAX_BYTES} bytes")
    try:
        segment = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise Refused("ParseError", "Invalid segment. ErrorCode: ParseError") from error
    if not isinstance(segment, dict):
        raise Refused("ParseError", "Invalid segment. ErrorCode: ParseError")
    id = segment.get("id")
    if not (isinstance(id, str) and SEGMENT_ID.fullmatch(id)):
        raise Refused("InvalidId", "Invalid segment. ErrorCode: InvalidId", None)
    for name, holds in (
        ("trace_id", isinstance(segment.get("trace_id"), str) and TRACE_ID.fullmatch(segment["trace_id"])),
        ("name", isinstance(segment.get("name"), str) and 0 < len(segment["name"]) <= 200),
        ("start_time", _is_time(segment.get("start_time"))),
        ("end_time", segment.get("end_time") is None or _is_time(segment["end_time"])),
        ("end_time", "end_time" in segment or segment.get("in_progress") is True),
    ):
        if not holds:
            field = "".join(word.capitalize() for word in name.split("_"))
            raise Refused(f"Invalid{field}", f"Invalid segment. ErrorCode: Invalid{field}", id)
    return segment


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11
