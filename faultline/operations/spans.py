"""Spans of a trace, assembled into a tree from its segment documents.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
A subsegment is either part of its parent's document, or a separate document that names the parent.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_SHOWN = ("attempt", "category", "ColdStart")
"""Annotations to show."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A segment or subsegment of a trace.

    Attributes:
        depth: Number of ancestors in the tree.
        name: Name of the service, function or dependency.
        start: Start in seconds since 1970.
        end: End in seconds since 1970; None if it was never reported.
        outcome: `fault`, `throttle`, `error` or `ok`.
        annotations: Annotations by name.
        operation: AWS operation, such as `PutItem`; empty if the span is not a call to AWS.
    """

    depth: int
    name: str
    start: float
    end: float | None
    outcome: str
    annotations: dict[str, Any]
    operation: str

    @property
    def title(self) -> str:
        """Name of the called function or service, with the AWS operation if there is one."""
        return " ".join(filter(None, (self.name, self.operation)))

    @property
    def remarks(self) -> str:
        """Outcome unless it is `ok`, a note if the end is missing, and the annotations to show."""
        outcome = [] if self.outcome == "ok" else [self.outcome]
        lost = ["never reported back"] if self.end is None else []
        told = [f"{name} {self.annotations[name]}" for name in _SHOWN if self.annotations.get(name)]
        return ", ".join([*outcome, *lost, *told])

    @property
    def seconds(self) -> float | None:
        """Duration in seconds; None if the end was never reported."""
        return None if self.end is None else self.end - self.start


def spans(documents: Iterable[str]) -> list[Span]:
    """Return the spans of a trace, depth first, with siblings sorted by their starts.

    Args:
        documents: JSON documents from BatchGetTraces.
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
    """Collect a segment and its subsegments by id; a completed segment replaces one in progress."""
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
