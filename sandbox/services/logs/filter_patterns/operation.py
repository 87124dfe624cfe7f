"""FilterLogEvents as an operation of LocalStack's CloudWatch Logs provider.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from collections.abc import Iterable
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.aws.api.logs import (
    FilteredLogEvent,
    FilterLogEventsRequest,
    FilterLogEventsResponse,
    InvalidParameterException,
    ResourceNotFoundException,
)
from localstack.services.logs import provider
from localstack.services.logs.models import get_moto_logs_backend
from localstack.utils.patch import Patch
from moto.logs.models import LogEvent, LogGroup

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern, failed_constraint
from sandbox.services.logs.filter_patterns.pattern import parse_pattern
from sandbox.services.logs.filter_patterns.search import MAX_EVENTS, InvalidToken, Search, find_events

MAX_NAMES = 100


def install() -> None:
    """Replace LocalStack's FilterLogEvents."""
    operation = handler("FilterLogEvents", expand=False)(filter_log_events)
    Patch(provider.LogsProvider, "filter_log_events", operation).apply()


def filter_log_events(
    _: object, context: RequestContext, request: FilterLogEventsRequest
) -> FilterLogEventsResponse:
    """Return a page of log events.

    Raises:
        InvalidParameterException: A parameter is invalid.
        ResourceNotFoundException: There is no such group or stream.
    """
    limit = request.get("limit")
    if limit is not None and not 1 <= limit <= MAX_EVENTS:
        bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {MAX_EVENTS}"
        raise _invalid("limit", limit, f"Member must have value {bound}")
    try:
        page = find_events(
            _streams(_group(context, request), request),
            Search(
                matches=parse_pattern(request.get("filterPattern") or ""),
                start=request.get("startTime"),
                end=request.get("endTime"),
                after=request.get("nextToken"),
                limit=limit or MAX_EVENTS,
            ),
        )
    except InvalidPattern as error:
        raise InvalidParameterException(str(error)) from error
    except InvalidToken as error:
        raise InvalidParameterException("The specified nextToken is invalid.") from error
    # AWS no longer lists the streams that it has searched.
    answer = FilterLogEventsResponse(
        events=[_described(stream, event) for stream, event in page.events], searchedLogStreams=[]
    )
    if page.token:
        answer["nextToken"] = page.token
    return answer


def _group(context: RequestContext, request: FilterLogEventsRequest) -> LogGroup:
    """Return the group by name, or by an identifier that is its name or ARN."""
    name = str(request.get("logGroupName") or request.get("logGroupIdentifier")).rpartition(":")[2]
    groups = get_moto_logs_backend(context.account_id, context.region).groups
    group: LogGroup | None = groups.get(name)
    if group is None:
        raise ResourceNotFoundException("The specified log group does not exist.")
    return group


def _streams(group: LogGroup, request: FilterLogEventsRequest) -> Iterable[tuple[str, Iterable[LogEvent]]]:
    """Return the requested streams, with copies of their events, since more may be added meanwhile."""
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix:
        raise InvalidParameterException("logStreamNames and logStreamNamePrefix must not both be specified.")
    if names and len(names) > MAX_NAMES:
        raise _invalid("logStreamNames", names, f"Member must have length less than or equal to {MAX_NAMES}")
    if names and not all(name in group.streams for name in names):
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return [
        (name, list(stream.events))
        for name, stream in list(group.streams.items())
        if (not names or name in names) and name.startswith(prefix or "")
    ]


def _described(stream: str, event: LogEvent) -> FilteredLogEvent:
    return FilteredLogEvent(
        logStreamName=stream,
        timestamp=event.timestamp,
        message=event.message,
        ingestionTime=event.ingestion_time,
        eventId=str(event.event_id),
    )


def _invalid(parameter: str, value: Any, constraint: str) -> InvalidParameterException:
    return InvalidParameterException(failed_constraint(parameter, value, constraint))
