"""Metric filters and subscription filters, which have patterns, too.

LocalStack looks for a pattern's matches by `get_pattern_matcher`, and has only one that matches everything.
"""

# LocalStack and moto are typed in part only.
# mypy: disable-error-code="no-untyped-call, import-untyped"

import copy
from collections.abc import Callable, Mapping
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend, LogStream

from sandbox.services.logs.filter_patterns.invalid import InvalidPattern
from sandbox.services.logs.filter_patterns.pattern import parse_pattern


def get_pattern_matcher(pattern: str) -> Callable[[str, Mapping[str, Any]], bool]:
    """In place of LocalStack's. A matcher is given the pattern once more, and a log event."""
    matches = parse_pattern(pattern)
    return lambda _, event: matches(event["message"])


def put_metric_filter(
    put: Any, backend: LogsBackend, filter_name: str, filter_pattern: str, *others: Any, **named: Any
) -> Any:
    """Around LogsBackend.put_metric_filter. Raises moto's InvalidParameterException."""
    _check(filter_pattern)
    return put(backend, filter_name, filter_pattern, *others, **named)


def put_subscription_filter(
    put: Any,
    backend: LogsBackend,
    log_group_name: str,
    filter_name: str,
    filter_pattern: str,
    *others: Any,
    **named: Any,
) -> Any:
    """Around LogsBackend.put_subscription_filter. Raises moto's InvalidParameterException."""
    _check(filter_pattern)
    return put(backend, log_group_name, filter_name, filter_pattern, *others, **named)


def _check(pattern: str) -> None:
    try:
        parse_pattern(pattern or "")
    except InvalidPattern as error:
        raise InvalidParameterException(str(error)) from error


def put_log_events(put: Any, stream: LogStream, log_events: list[dict[str, Any]]) -> Any:
    """Around LogStream.put_log_events, which looks for the second filter's matches among the first one's."""
    filters = stream.log_group.subscription_filters
    if len(filters) < 2:
        return put(stream, log_events)
    stored = _as_if(stream, {})
    answer = put(stored, log_events)
    stream.events += stored.events
    stream.last_ingestion_time = stored.last_ingestion_time
    stream.stored_bytes = stored.stored_bytes
    stream.upload_sequence_token = stored.upload_sequence_token
    for name, one in list(filters.items()):
        put(_as_if(stream, {name: one}), log_events)
    return answer


def _as_if(stream: LogStream, filters: dict[str, Any]) -> LogStream:
    """The stream without events, in a group with no other subscription filters than these."""
    alone = copy.copy(stream)
    alone.events = []
    alone.log_group = copy.copy(stream.log_group)
    alone.log_group.subscription_filters = filters
    return alone
