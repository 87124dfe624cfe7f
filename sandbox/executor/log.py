"""The log of an invocation: events, each of the time at which it was written.

On AWS an event has the time at which Lambda received it, so that those of several functions are in order
where they share a log group:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class LogEvent:
    """An event: its text, and its time in seconds since 1970."""

    message: str
    at: float


class Log:
    """An invocation's events, in their order."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def write(self, message: str) -> None:
        """Add what Lambda itself writes, now."""
        self.add([LogEvent(message, time.time())])

    def add(self, events: Iterable[LogEvent]) -> None:
        """Add what a function has written. No event is older than the one before it."""
        for event in events:
            last = self.events[-1].at if self.events else event.at
            self.events.append(LogEvent(event.message, max(event.at, last)))

    def text(self) -> "LogText":
        """As LocalStack has a log."""
        return LogText(self.events)


class LogText(str):
    """A log as text, which is all that LocalStack hands on, and its events."""

    events: tuple[LogEvent, ...]

    def __new__(cls, events: Iterable[LogEvent]) -> "LogText":
        kept = tuple(events)
        text = super().__new__(cls, "\n".join(event.message for event in kept))
        text.events = kept
        return text
