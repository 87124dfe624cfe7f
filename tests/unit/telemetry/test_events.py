"""Log locations of events."""

import json
from io import StringIO

import pytest
from aws_lambda_powertools import Logger

from lambdas.telemetry import events


def test_a_line_is_located_where_the_event_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log line's `location` is the caller, and not the module that logs all events."""
    written = StringIO()
    monkeypatch.setattr(events, "logger", Logger(service="events", stream=written))
    events.circuit_changed("api.example.com", was="closed", now="open")
    location = json.loads(written.getvalue())["location"]
    assert location.partition(":")[0] == test_a_line_is_located_where_the_event_happened.__name__
