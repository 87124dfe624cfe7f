"""The log of an invocation: events, each of the time at which it was written.

On AWS an event has the time at which Lambda received it, so that those of several functions are in order
where they share a log group:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

DELIVERY_SECONDS = 1.0
"""Between two deliveries of what a function logs while it runs."""


@dataclass(frozen=True)
class LogEvent:
    """An event: its text, and its time in seconds since 1970."""

    message: str
    at: float


class Log:
    """An invocation's events, in their order.

    A function that runs for long is followed while it does, as on AWS: `deliver` is given events that it has
    not been given before. It may be absent, and whatever it has not been given is in the log at the end.
    """

    def __init__(self, deliver: Callable[[Sequence[LogEvent]], None] | None = None) -> None:
        self.events: list[LogEvent] = []
        self._deliver = deliver
        self._delivered = 0
        self._next_delivery = time.monotonic() + DELIVERY_SECONDS

    def write(self, message: str) -> None:
        """Add what Lambda itself writes, now."""
        self.add([LogEvent(message, time.time())])

    def add(self, events: Iterable[LogEvent]) -> None:
        """Add what a function has written. No event is older than the one before it."""
        for event in events:
            last = self.events[-1].at if self.events else event.at
            self.events.append(LogEvent(event.message, max(event.at, last)))

    def follow(self, written: Callable[[], list[LogEvent]]) -> None:
        """Add and deliver what the function has `written`, if it is time. To be called often."""
        if not self._deliver or time.monotonic() < self._next_delivery:
            return
        self.add(written())
        if len(self.events) > self._delivered:
            self._deliver(self.events[self._delivered :])
            self._delivered = len(self.events)
        self._next_delivery = time.monotonic() + DELIVERY_SECONDS

    def text(self) -> "LogText":
        """As LocalStack has a log."""
        return LogText(self.events, self._delivered)


class LogText(str):
    """A log as text, which is all that LocalStack hands on, and those of its events to be delivered yet."""

    undelivered: tuple[LogEvent, ...]

    def __new__(cls, events: Sequence[LogEvent], delivered: int) -> "LogText":
        text = super().__new__(cls, "\n".join(event.message for event in events))
        text.undelivered = tuple(events[delivered:])
        return text
