"""The log of an invocation.

On AWS an event has the time at which Lambda received it, so the events of functions that share a log group
are in order:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

DELIVERY_SECONDS = 1.0
"""Interval between deliveries while a function is running."""


@dataclass(frozen=True)
class LogEvent:
    """A log event: its text, and its time in seconds since 1970."""

    message: str
    at: float


class Log:
    """An invocation's events, in order.

    `deliver` receives new events while a function is running, as on AWS; it may be None. Events that it has
    not received are in the `undelivered` attribute of the log's text.
    """

    def __init__(self, deliver: Callable[[Sequence[LogEvent]], None] | None = None) -> None:
        self.events: list[LogEvent] = []
        self._deliver = deliver
        self._delivered = 0
        self._next_delivery = time.monotonic() + DELIVERY_SECONDS

    def write(self, message: str) -> None:
        """Add a line that Lambda itself writes, with the current time."""
        self.add([LogEvent(message, time.time())])

    def add(self, events: Iterable[LogEvent]) -> None:
        """Add a function's events. No event is earlier than the one before it."""
        for event in events:
            last = self.events[-1].at if self.events else event.at
            self.events.append(LogEvent(event.message, max(event.at, last)))

    def follow(self, written: Callable[[], list[LogEvent]]) -> None:
        """Add and deliver the function's new events, at most once a second. Call this often."""
        if not self._deliver or time.monotonic() < self._next_delivery:
            return
        self.add(written())
        if len(self.events) > self._delivered:
            self._deliver(self.events[self._delivered :])
            self._delivered = len(self.events)
        self._next_delivery = time.monotonic() + DELIVERY_SECONDS

    def text(self) -> "LogText":
        """Return the log in LocalStack's form."""
        return LogText(self.events, self._delivered)


class LogText(str):
    """A log as the text that LocalStack passes on, along with its undelivered events."""

    undelivered: tuple[LogEvent, ...]

    def __new__(cls, events: Sequence[LogEvent], delivered: int) -> "LogText":
        """Create the text of all events, of which the first ones were delivered."""
        text = super().__new__(cls, "\n".join(event.message for event in events))
        text.undelivered = tuple(events[delivered:])
        return text
