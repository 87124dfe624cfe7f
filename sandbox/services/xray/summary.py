"""Summaries of traces: times, errors, annotations and the names of services.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.services.xray import document
from sandbox.services.xray.document import Segment, Value


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Fields of AWS's TraceSummary without the id, and the annotations for filters."""

    fields: Mapping[str, Any]
    annotations: Mapping[str, tuple[Value, ...]]


def summarise(segments: list[Segment]) -> Summary:
    """Return the summary of a trace, which must have at least one document."""
    everything = [each for top in segments for each in document.walk(top)]
    root = _root(segments, everything)
    started_at = min(each["start_time"] for each in segments)
    ends = [each["end_time"] for each in everything if document.is_time(each.get("end_time"))]
    annotations = _annotations(everything)
    names = dict.fromkeys(each["name"] for each in segments if not document.is_subsegment(each))
    fields = {
        "StartTime": started_at,
        "Duration": round(max(ends, default=started_at) - started_at, 3),
        "HasFault": root.get("fault") is True,
        "HasError": root.get("error") is True,
        "HasThrottle": any(each.get("throttle") is True for each in everything),
        "IsPartial": any(document.is_in_progress(each) for each in segments),
        "ServiceIds": [{"Name": name, "Names": [name]} for name in names],
        "Annotations": {
            name: [{"AnnotationValue": _typed(value)} for value in values]
            for name, values in annotations.items()
        },
    }
    if not document.is_in_progress(root):
        fields["ResponseTime"] = round(max(0, root["end_time"] - root["start_time"]), 3)
    return Summary(fields=fields, annotations=annotations)


def _root(segments: list[Segment], everything: Iterable[Segment]) -> Segment:
    """Return the earliest segment without a known parent, else the earliest of all.

    A subsegment is returned only if there is no other candidate.
    """
    ids = {each["id"] for each in everything if isinstance(each.get("id"), str)}
    tops = [each for each in segments if each.get("parent_id") not in ids] or segments
    whole = [each for each in tops if not document.is_subsegment(each)]
    return min(whole or tops, key=lambda each: each["start_time"])


def _annotations(everything: Iterable[Segment]) -> dict[str, tuple[Value, ...]]:
    """Return each annotation's values. 1 and true are different values."""
    found: dict[str, dict[tuple[type, Value], None]] = defaultdict(dict)
    for each in everything:
        annotations = each.get("annotations")
        for name, value in annotations.items() if isinstance(annotations, dict) else ():
            if isinstance(value, str | int | float | bool):
                found[name][type(value), value] = None
    return {name: tuple(value for _, value in values) for name, values in found.items()}


def _typed(value: Value) -> dict[str, Value]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": float(value)}
