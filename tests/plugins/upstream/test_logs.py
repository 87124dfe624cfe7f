"""Faults of LocalStack and moto in CloudWatch Logs whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

from localstack.services.logs.provider import get_pattern_matcher
from moto.logs.models import LogEvent, LogGroup

ACCOUNT, REGION = "000000000000", "us-east-1"


def test_every_pattern_matches_every_event() -> None:
    """logs.filter_patterns: LocalStack has a single matcher for all patterns."""
    assert get_pattern_matcher("ERROR")("ERROR", {"message": "INFO"})


def test_events_come_stream_by_stream() -> None:
    """logs.filter_patterns: they are not ordered by time unless requested, as formerly on AWS."""
    group = LogGroup(ACCOUNT, REGION, "group")  # type: ignore[abstract]
    for stream, at in (("a", 2), ("b", 1)):
        group.create_log_stream(stream)
        group.streams[stream].events.append(LogEvent(0, {"timestamp": at, "message": stream}))
    events, _, _ = group.filter_log_events("group", [], 0, 9, None, None, "", False)
    assert [event["timestamp"] for event in events] == [2, 1]


def test_log_events_are_kept_for_ever() -> None:
    """sandbox.services.logs.event_store: each is an object in a list that only grows."""
    group = LogGroup(ACCOUNT, REGION, "group")  # type: ignore[abstract]
    group.create_log_stream("a")
    for _ in range(2):
        group.put_log_events("a", [{"timestamp": 1, "message": "x"}] * 1000)
    events = group.streams["a"].events
    assert isinstance(events, list)
    assert [type(each) for each in events] == [LogEvent] * 2000
