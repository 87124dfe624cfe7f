"""X-Ray's API, served from the traces in memory.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html

LocalStack has no X-Ray. moto's implementation keeps all segments forever, drops annotations, has no filters,
and does not merge subsegments into their segments.

Traces can be found as soon as they are sent. Not implemented: groups, insights, encryption, sampling rules,
the service graph, and inferred segments, which X-Ray adds for services that send none.
"""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import RequestContext, ServiceException, handler

from sandbox.services.xray import document, filters
from sandbox.services.xray.document import Malformed
from sandbox.services.xray.header import is_id, is_trace_id, seconds_of
from sandbox.services.xray.store import STORE, Place, Trace

KEPT_SECONDS = 30 * 86_400
"""Age in seconds beyond which traces are not accepted
(https://docs.aws.amazon.com/xray/latest/devguide/aws-xray.html: 30 days)."""

MAX_TRACES = 5
"""Maximum number of traces in a BatchGetTraces request: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html"""


class InvalidRequestException(ServiceException):
    """A parameter is missing or invalid."""

    code = "InvalidRequestException"
    sender_fault = True
    status_code = 400


class XrayApi:
    """The supported operations of X-Ray. Others are refused as not implemented."""

    service = "xray"

    @handler("PutTraceSegments")
    def put_trace_segments(
        self, context: RequestContext, trace_segment_documents: list[str], **_: Any
    ) -> Mapping[str, Any]:
        """Store segment documents, and return the malformed ones with their errors."""
        now = time.time()
        good, bad = [], []
        for each in trace_segment_documents:
            try:
                document.read(each, since=now - KEPT_SECONDS)
            except Malformed as error:
                found = {"ErrorCode": error.code, "Message": str(error)}
                bad.append(found | ({"Id": error.segment_id} if error.segment_id else {}))
            else:
                good.append(each.encode(errors="replace"))
        STORE.add(_place(context), good, now)
        return {"UnprocessedTraceSegments": bad}

    @handler("GetTraceSummaries")
    def get_trace_summaries(
        self,
        context: RequestContext,
        start_time: datetime,
        end_time: datetime,
        time_range_type: str | None = None,
        filter_expression: str | None = None,
        **_: Any,
    ) -> Mapping[str, Any]:
        """Return the traces of a period that match a filter, oldest first, in one page.

        Raises:
            InvalidRequestException: The period, its type or the filter is invalid or not supported.
        """
        start, end = start_time.timestamp(), end_time.timestamp()
        if start > end:
            raise InvalidRequestException("StartTime must not be later than EndTime")
        if time_range_type not in (None, "TraceId"):
            raise InvalidRequestException("The sandbox supports only the TimeRangeType TraceId")
        asked = _read_filter(filter_expression)
        all_traces = STORE.traces(_place(context))
        matching = [
            trace
            for trace in all_traces
            # A trace id has whole seconds, so the second in which the period begins is included.
            if int(start) <= seconds_of(trace.id) <= end and asked(trace.summary.annotations)
        ]
        return {
            "TraceSummaries": [_summary(each) for each in sorted(matching, key=_position)],
            "ApproximateTime": datetime.now(UTC),
            "TracesProcessedCount": len(all_traces),
        }

    @handler("BatchGetTraces")
    def batch_get_traces(self, context: RequestContext, trace_ids: list[str], **_: Any) -> Mapping[str, Any]:
        """Return whole traces. Invalid ids are reported as unprocessed, and unknown ones are left out.

        Raises:
            InvalidRequestException: There are more than MAX_TRACES ids.
        """
        if len(trace_ids) > MAX_TRACES:
            raise InvalidRequestException(f"At most {MAX_TRACES} trace ids can be requested at once")
        found = (STORE.trace(_place(context), each) for each in dict.fromkeys(trace_ids) if is_trace_id(each))
        return {
            "Traces": [_trace(each) for each in found if each is not None],
            "UnprocessedTraceIds": [each for each in trace_ids if not is_trace_id(each)],
        }


def _place(context: RequestContext) -> Place:
    return Place(context.account_id, context.region)


def _read_filter(expression: str | None) -> filters.Filter:
    if not expression or not expression.strip():
        return lambda _: True
    try:
        return filters.read(expression)
    except filters.UnreadableFilter as error:
        raise InvalidRequestException(f"The filter expression cannot be read: {error}") from error


def _position(trace: Trace) -> str:
    return f"{seconds_of(trace.id):08x}{trace.id}"


def _summary(trace: Trace) -> dict[str, Any]:
    fields = trace.summary.fields
    return {
        "Id": trace.id,
        **fields,
        "StartTime": datetime.fromtimestamp(fields["StartTime"], UTC),
        "MatchedEventTime": datetime.fromtimestamp(trace.updated_at, UTC),
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "Id": trace.id,
        "Duration": trace.summary.fields["Duration"],
        "LimitExceeded": trace.limit_exceeded,
        "Segments": list(_segments(trace)),
    }


def _segments(trace: Trace) -> Iterable[dict[str, str]]:
    try:
        merged = document.merge(trace.segments())
        return [{"Id": each["id"], "Document": json.dumps(each)} for each in merged]
    except RecursionError:  # subsegments nested thousands deep
        return [{"Id": key, "Document": text.decode()} for key, text in trace.documents.items() if is_id(key)]
