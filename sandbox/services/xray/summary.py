"""Summaries of traces.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from sandbox.services.xray import document
from sandbox.services.xray.document import Segment, Value

_FLAGS = ("fault", "error", "throttle")
_HTTP = {"url": "HttpURL", "method": "HttpMethod", "user_agent": "UserAgent", "client_ip": "ClientIp"}

type ServiceId = tuple[str, str, str]
"""Name, type and account of a service; "" where unknown."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The fields of AWS's TraceSummary without the id, and the annotations for filters."""

    fields: Mapping[str, Any]
    annotations: Mapping[str, tuple[Value, ...]]


def summarise(segments: list[Segment]) -> Summary:
    """Return the summary of a trace with at least one document."""
    everything = [(top, each) for top in segments for each in document.walk(top)]
    root = _root(segments)
    started_at = min(each["start_time"] for each in segments)
    ends = [each["end_time"] for _, each in everything if document.is_time(each.get("end_time"))]
    duration = max(ends, default=started_at) - started_at
    root_seconds = _seconds(root)
    annotations = _annotations(everything, _services_by_id(segments))
    flags = {name for name in _FLAGS[:2] if root.get(name) is True}
    if any(each.get("throttle") is True for _, each in everything):
        flags.add("throttle")
    if any(document.is_in_progress(each) for each in segments):
        flags.add("partial")
    http = _http(root)
    services = list(dict.fromkeys(map(_service, _own(segments))))
    fields = {
        "StartTime": started_at,
        "Duration": round(duration, 3),
        **({} if root_seconds is None else {"ResponseTime": round(root_seconds, 3)}),
        "HasFault": "fault" in flags,
        "HasError": "error" in flags,
        "HasThrottle": "throttle" in flags,
        "IsPartial": "partial" in flags,
        "Http": http,
        "Annotations": {
            name: [
                {"AnnotationValue": _typed(value), "ServiceIds": list(map(_service_shape, of))}
                for (_, value), of in values.items()
            ]
            for name, values in annotations.items()
        },
        "Users": [],
        "ServiceIds": list(map(_service_shape, services)),
        "ResourceARNs": [{"ARN": arn} for arn in dict.fromkeys(_texts(segments, "resource_arn"))],
        "EntryPoint": _service_shape(_service(root)),
        "Revision": len(segments),
    }
    return Summary(
        fields=fields,
        annotations={name: tuple(value for _, value in values) for name, values in annotations.items()},
    )


def _root(segments: list[Segment]) -> Segment:
    """Return the first segment without a parent, or the first of all."""
    ids = {each["id"] for top in segments for each in document.walk(top) if _is_text(each.get("id"))}
    tops = [each for each in segments if each.get("parent_id") not in ids]
    return min(_own(tops) or tops or segments, key=lambda each: each["start_time"])


def _own(segments: list[Segment]) -> list[Segment]:
    """Return the segments without independent subsegments."""
    return [each for each in segments if not document.is_subsegment(each)]


def _services_by_id(segments: list[Segment]) -> dict[str, ServiceId]:
    """Return the service of each segment and subsegment, by its id."""
    return {
        each["id"]: _service(top)
        for top in _own(segments)
        for each in document.walk(top)
        if _is_text(each.get("id"))
    }


def _annotations(
    everything: Iterable[tuple[Segment, Segment]], services: Mapping[str, ServiceId]
) -> dict[str, dict[tuple[type, Value], list[ServiceId]]]:
    """Return each annotation's values with the services that set them. 1 and true are different values."""
    found: dict[str, dict[tuple[type, Value], list[ServiceId]]] = defaultdict(dict)
    for top, each in everything:
        service = services.get(top["parent_id"]) if document.is_subsegment(top) else _service(top)
        for name, value in _of(each, "annotations").items():
            if isinstance(value, str | int | float | bool):
                makers = found[name].setdefault((type(value), value), [])
                if service is not None and service not in makers:
                    makers.append(service)
    return found


def _service(segment: Segment) -> ServiceId:
    origin, account = segment.get("origin"), _of(segment, "aws").get("account_id")
    return (segment["name"], origin if _is_text(origin) else "", account if _is_text(account) else "")


def _service_shape(service: ServiceId) -> dict[str, Any]:
    name, kind, account = service
    shape: dict[str, Any] = {"Name": name, "Names": [name]}
    return shape | ({"AccountId": account} if account else {}) | ({"Type": kind} if kind else {})


def _seconds(segment: Segment) -> float | None:
    """Return a segment's duration, or None while it is in progress."""
    if document.is_in_progress(segment):
        return None
    return float(max(0, segment["end_time"] - segment["start_time"]))


def _http(segment: Segment) -> dict[str, Any]:
    request, response = _of(_of(segment, "http"), "request"), _of(_of(segment, "http"), "response")
    found = {shape: request[name] for name, shape in _HTTP.items() if _is_text(request.get(name))}
    status = response.get("status")
    return found | ({"HttpStatus": status} if isinstance(status, int) and 0 <= status < 1000 else {})


def _typed(value: Value) -> dict[str, Value]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": float(value)}


def _of(segment: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within a segment, empty when there is none."""
    found = segment.get(name)
    return found if isinstance(found, dict) else {}


def _texts(segments: Iterable[Segment], name: str) -> list[str]:
    return [each[name] for each in segments if _is_text(each.get(name))]


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)
