"""X-Ray's API: segments come in, traces are found and read."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.plugins import Service, ServiceLifecycleHook, aws_provider

from sandbox.tracing.filters import Unreadable, compile_filter
from sandbox.tracing.merging import merged
from sandbox.tracing.segments import Refused, Segment
from sandbox.tracing.store import TRACES
from sandbox.tracing.summaries import Summary, Value, summarise

# https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html: "up to 5"
MAX_TRACES = 5
PAGE_SIZE = 100


class XRayProvider(ServiceLifecycleHook):
    """The operations that tracing needs. Traces belong to no account or region here."""

    service = "xray"
    version = "2016-04-12"

    @handler("PutTraceSegments", expand=False)
    def put_trace_segments(self, _context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html"""
        refused = []
        for document in request["TraceSegmentDocuments"]:
            try:
                TRACES.put(document)
            except Refused as error:
                id = {} if error.id is None else {"Id": error.id}
                refused.append({**id, "ErrorCode": error.code, "Message": str(error)})
        return {"UnprocessedTraceSegments": refused}

    @handler("PutTelemetryRecords", expand=False)
    def put_telemetry_records(self, _context: RequestContext, _request: dict[str, Any]) -> dict[str, Any]:
        """What daemons tell of themselves, of which nothing is kept."""
        return {}

    @handler("BatchGetTraces", expand=False)
    def batch_get_traces(self, _context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html"""
        ids = list(dict.fromkeys(request["TraceIds"]))
        if len(ids) > MAX_TRACES:
            raise _invalid(f"at most {MAX_TRACES} traces can be asked for at once")
        found = {id: merged(TRACES.trace(id)) for id in ids}
        return {
            "Traces": [_trace(id, segments) for id, segments in found.items() if segments],
            "UnprocessedTraceIds": [],
        }

    @handler("GetTraceSummaries", expand=False)
    def get_trace_summaries(self, _context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html"""
        begin, end = request["StartTime"], request["EndTime"]
        if begin > end:
            raise _invalid("StartTime is later than EndTime")
        try:
            wanted = compile_filter(request.get("FilterExpression") or "")
        except Unreadable as error:
            raise _invalid(f"Invalid filter expression: {error}") from error
        by_event = request.get("TimeRangeType") == "Event"
        in_time = _in_time(begin.timestamp(), end.timestamp(), by_event=by_event)
        summaries = [summary for summary in in_time if wanted(summary)]
        start = _offset(request.get("NextToken"))
        page = summaries[start : start + PAGE_SIZE]
        more = {"NextToken": str(start + PAGE_SIZE)} if start + PAGE_SIZE < len(summaries) else {}
        return {
            "TraceSummaries": [_summary(each) for each in page],
            "ApproximateTime": datetime.now(UTC),
            "TracesProcessedCount": len(summaries),
            **more,
        }

    def on_before_state_reset(self) -> None:
        TRACES.clear()


@aws_provider(api="xray", name="default")
def xray() -> Service:
    """The service, which LocalStack lacks."""
    return Service.for_provider(XRayProvider())


def _in_time(begin: float, end: float, *, by_event: bool) -> Iterator[Summary]:
    """The summaries of traces that began in a time, by their ids; or of which a part lies in it."""
    for id in TRACES.ids():
        created = int(id.split("-")[1], 16)
        if not by_event and not int(begin) <= created <= end:
            continue
        segments = merged(TRACES.trace(id))
        if not segments:
            continue
        summary = summarise(id, segments)
        if not by_event or (summary.start <= end and summary.end >= begin):
            yield summary


def _trace(id: str, segments: list[Segment]) -> dict[str, Any]:
    summary = summarise(id, segments)
    return {
        "Id": id,
        "Duration": summary.duration,
        "LimitExceeded": False,
        "Segments": [{"Id": each["id"], "Document": json.dumps(each)} for each in segments],
    }


def _summary(found: Summary) -> dict[str, Any]:
    http = {
        name: found.http[key]
        for name, key in (
            ("HttpURL", "url"),
            ("HttpStatus", "status"),
            ("HttpMethod", "method"),
            ("UserAgent", "user_agent"),
            ("ClientIp", "client_ip"),
        )
        if key in found.http
    }
    return {
        "Id": found.id,
        "StartTime": datetime.fromtimestamp(found.start, UTC),
        "Duration": found.duration,
        "ResponseTime": found.response_time,
        "HasFault": found.fault,
        "HasError": found.error,
        "HasThrottle": found.throttle,
        "IsPartial": found.partial,
        "Http": http,
        "Annotations": {
            name: [{"AnnotationValue": _annotation(value), "ServiceIds": []} for value in values]
            for name, values in found.annotations.items()
        },
        "ServiceIds": [
            {"Name": name, "Names": [name], **({"Type": origin} if origin else {})}
            for name, origin in found.services
        ],
        "Revision": 1,
    }


def _annotation(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"BooleanValue": value}
        case str():
            return {"StringValue": value}
        case _:
            return {"NumberValue": float(value)}


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise _invalid("Invalid NextToken")
    return int(token)


def _invalid(message: str) -> CommonServiceException:
    return CommonServiceException("InvalidRequestException", message, sender_fault=True)
