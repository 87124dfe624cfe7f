"""Chronological search of a group's log events, page by page.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

A page's token is the place of its last event, and the next page begins after it. Therefore no event is
skipped or returned twice, except that events added later, before that place, are not found.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import NamedTuple, Protocol

MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576
TOKEN = re.compile(r"(\d{1,20})/(\d{1,20})/(\d{1,20})", re.ASCII)


class InvalidToken(ValueError):
    """The text is not a page's token."""


class Event(Protocol):
    """moto's log event. Ids increase in the order of ingestion."""

    @property
    def timestamp(self) -> int:
        """The event's own time, in milliseconds since 1970."""

    @property
    def ingestion_time(self) -> int:
        """The time at which the event was received, in milliseconds since 1970."""

    @property
    def event_id(self) -> int:
        """The event's id, which increases in the order of ingestion."""

    @property
    def message(self) -> str:
        """The event's text."""


class Place(NamedTuple):
    """An event's position: by time, then by ingestion, as on AWS."""

    timestamp: int
    ingestion_time: int
    event_id: int

    @classmethod
    def parse(cls, token: str) -> "Place":
        """Parse a page's token.

        Raises:
            InvalidToken: The text is not a token.
        """
        numbers = TOKEN.fullmatch(token)
        if numbers is None:
            raise InvalidToken(token)
        return cls(*map(int, numbers.groups()))

    @property
    def token(self) -> str:
        """The token of a page that ends here."""
        return "/".join(map(str, self))


@dataclass(frozen=True, kw_only=True)
class Search:
    """The conditions of a search. Times are milliseconds since 1970, both inclusive; `after` is a token."""

    matches: Callable[[str], bool]
    start: int | None = None
    end: int | None = None
    after: str | None = None
    limit: int = MAX_EVENTS


@dataclass(frozen=True)
class Page[E: Event]:
    """Events, each with the name of its stream, and a token if there are more."""

    events: list[tuple[str, E]]
    token: str | None


def find_events[E: Event](streams: Iterable[tuple[str, Iterable[E]]], search: Search) -> Page[E]:
    """Return the first page of the matching events.

    A page ends at the limit, or before it exceeds 1 MiB, but has at least one event if any matches.

    Raises:
        InvalidToken: The search's token is malformed.
    """
    page: list[tuple[str, E]] = []
    size = 0
    for stream, event in _matching(streams, search):
        size += len(event.message.encode())
        if len(page) == search.limit or (page and size > MAX_BYTES):
            return Page(page, _place(page[-1]).token)
        page.append((stream, event))
    return Page(page, None)


def _matching[E: Event](
    streams: Iterable[tuple[str, Iterable[E]]], search: Search
) -> Iterator[tuple[str, E]]:
    before = Place.parse(search.after) if search.after else None
    start = max(search.start or 0, before.timestamp if before else 0)
    end = search.end if search.end is not None else inf
    found = [
        (stream, event) for stream, events in streams for event in events if start <= event.timestamp <= end
    ]
    # Streams are mostly in order, and sorting a sorted list costs little more than reading it.
    found.sort(key=_place)
    following = 0 if before is None else bisect_right(found, before, key=_place)
    for stream, event in islice(found, following, None):
        if search.matches(event.message):
            yield stream, event


def _place(found: tuple[str, Event]) -> Place:
    event = found[1]
    return Place(event.timestamp, event.ingestion_time, event.event_id)
