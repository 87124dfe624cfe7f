"""A trace's segment documents as one tree of spans.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
Subsegments come within the document of their parent, or as documents of their own that name it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Span:
    """What was done, by whom, and when.

    Attributes:
        depth: how many spans it lies below.
        name: of the service, the function or the dependency.
        start: in seconds since 1970.
        end: the same; None for what began and was never heard of again.
        outcome: `fault`, `throttle`, `error`, or `ok`.
        annotations: by name, as they were given.
        operation: of AWS, such as `PutItem`; empty for what is no call of AWS.
    """

    depth: int
    name: str
    start: float
    end: float | None
    outcome: str
    annotations: dict[str, Any]
    operation: str

    @property
    def seconds(self) -> float | None:
        return None if self.end is None else self.end - self.start


def spans(documents: Iterable[str]) -> list[Span]:
    """The spans of a trace, each below the one that it is a part of, those first that began first.

    Args:
        documents: as BatchGetTraces returns them, JSON.
    """
    known: dict[str, dict[str, Any]] = {}
    for document in documents:
        _gather(json.loads(document), None, known)
    children: defaultdict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for each in known.values():
        parent = each.get("parent_id")
        children[parent if parent in known else None].append(each)
    return list(_in_order(children, None, 0))


def _gather(segment: dict[str, Any], parent: str | None, known: dict[str, dict[str, Any]]) -> None:
    """Collect a segment and those within it by their ids; its end replaces its beginning."""
    within = segment.pop("subsegments", None) or []
    if parent is not None:
        segment["parent_id"] = parent
    before = known.get(segment["id"])
    if before is None or "end_time" not in before:
        known[segment["id"]] = segment
    for each in within:
        _gather(each, segment["id"], known)


def _in_order(
    children: dict[str | None, list[dict[str, Any]]], parent: str | None, depth: int
) -> Iterator[Span]:
    for each in sorted(children.pop(parent, []), key=lambda segment: segment["start_time"]):
        yield _span(each, depth)
        yield from _in_order(children, each["id"], depth + 1)


def _span(segment: dict[str, Any], depth: int) -> Span:
    outcome = next((each for each in ("fault", "throttle", "error") if segment.get(each)), "ok")
    return Span(
        depth=depth,
        name=segment["name"],
        start=segment["start_time"],
        end=segment.get("end_time"),
        outcome=outcome,
        annotations=segment.get("annotations") or {},
        operation=(segment.get("aws") or {}).get("operation", ""),
    )
