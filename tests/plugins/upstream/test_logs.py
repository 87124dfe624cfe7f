"""Faults of LocalStack and moto in CloudWatch Logs whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

from localstack.services.logs.provider import get_pattern_matcher
from moto.logs.models import LogEvent, LogGroup

ACCOUNT, REGION = "000000000000", "us-east-1"


def test_every_pattern_matches_every_event() -> None:
    """Every filter pattern matches every event (sandbox.services.logs.filter_patterns)."""
    assert get_pattern_matcher("ERROR")("ERROR", {"message": "INFO"})


def test_events_come_stream_by_stream() -> None:
    """Found events are ordered by time only on request, as formerly on AWS (logs.filter_patterns)."""
    group = LogGroup(ACCOUNT, REGION, "group")  # type: ignore[abstract]
    for stream, at in (("a", 2), ("b", 1)):
        group.create_log_stream(stream)
        group.streams[stream].events.append(LogEvent(0, {"timestamp": at, "message": stream}))
    events, _, _ = group.filter_log_events("group", [], 0, 9, None, None, "", False)
    assert [event["timestamp"] for event in events] == [2, 1]


def test_log_events_are_kept_for_ever() -> None:
    """Log events are kept as objects in a list that only grows (sandbox.services.logs.event_store)."""
    group = LogGroup(ACCOUNT, REGION, "group")  # type: ignore[abstract]
    group.create_log_stream("a")
    for _ in range(2):
        group.put_log_events("a", [{"timestamp": 1, "message": "x"}] * 1000)
    events = group.streams["a"].events
    assert isinstance(events, list)
    assert [type(each) for each in events] == [LogEvent] * 2000
