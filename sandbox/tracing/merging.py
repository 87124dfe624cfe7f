"""The segments of a trace as X-Ray shows them: subsegments that came by themselves within their parents."""

from collections.abc import Iterable, Iterator

from sandbox.tracing.segments import Segment


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """Put each independent subsegment below its parent; those of an unknown parent stay as they are."""
    whole = list(segments)
    known = {each["id"]: each for segment in whole for each in walk(segment)}
    top = []
    for segment in whole:
        parent = known.get(segment.get("parent_id", ""))
        if segment.get("type") != "subsegment" or parent is None:
            top.append(segment)
            continue
        parts = parent.setdefault("subsegments", [])
        # Its parent may have come with it, or with an earlier state of it, once already.
        parts[:] = [each for each in parts if each["id"] != segment["id"]]
        parts.append(segment)
    return top


def walk(segment: Segment) -> Iterator[Segment]:
    """A segment and all within it."""
    waiting = [segment]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(part for part in each.get("subsegments") or [] if isinstance(part, dict))
