"""A trace's summary, by which traces are found.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.tracing.merging import walk
from sandbox.tracing.segments import Segment

type Value = str | float | bool


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What is known of a trace.

    Attributes:
        start, end: in seconds since 1970.
        response_time: seconds that its first segment took.
        http: of its first segment: url, method, status, user_agent, client_ip.
        annotations: each name's values.
        services: names and types of those that took part.
    """

    id: str
    start: float
    end: float
    response_time: float
    fault: bool
    error: bool
    throttle: bool
    partial: bool
    http: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, list[Value]] = field(default_factory=dict)
    services: Sequence[tuple[str, str]] = ()

    @property
    def duration(self) -> float:
        return self.end - self.start


def summarise(trace_id: str, segments: Sequence[Segment]) -> Summary:
    """Sum up a trace of at least one segment, merged."""
    everything = [each for segment in segments for each in walk(segment)]
    first = min(segments, key=lambda segment: segment["start_time"])
    return Summary(
        id=trace_id,
        start=min(each["start_time"] for each in everything),
        end=max(_end(each) for each in everything),
        response_time=_end(first) - first["start_time"],
        fault=any(each.get("fault") for each in everything),
        error=any(each.get("error") for each in everything),
        throttle=any(each.get("throttle") for each in everything),
        partial=any("end_time" not in segment for segment in segments),
        http=_http(first),
        annotations=_annotations(everything),
        services=sorted({(each["name"], each.get("origin", "")) for each in segments}),
    )


def _end(segment: Segment) -> float:
    """When it was over; its beginning while it is not."""
    return float(segment.get("end_time") or segment["start_time"])


def _http(segment: Segment) -> dict[str, Any]:
    http = segment.get("http") or {}
    return {**(http.get("request") or {}), **(http.get("response") or {})}


def _annotations(segments: Iterable[Segment]) -> dict[str, list[Value]]:
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for segment in segments:
        for name, value in (segment.get("annotations") or {}).items():
            if isinstance(value, str | int | float) and value not in found[name]:
                found[name].append(value)
    return dict(found)
