"""The log events of a group in the order of their time, a page at a time.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

A page's token is the place of its last event. The next page begins after it, whatever was added meanwhile,
so no event is on two pages, nor on none; but one that is added before the place is not found any more.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import NamedTuple, Protocol

EVENTS_MAX = 10_000
BYTES_MAX = 1_048_576
TOKEN = re.compile(r"(\d{1,20})/(\d{1,20})/(\d{1,20})", re.ASCII)


class InvalidToken(ValueError):
    """It is none that a page had."""


class Event(Protocol):
    """An event as moto has it; ids are given in the order of ingestion."""

    @property
    def timestamp(self) -> int: ...

    @property
    def ingestion_time(self) -> int: ...

    @property
    def event_id(self) -> int: ...

    @property
    def message(self) -> str: ...


class Place(NamedTuple):
    """Where an event is among all: by its time, then by when it came in, as on AWS."""

    timestamp: int
    ingestion_time: int
    event_id: int

    @classmethod
    def parse(cls, token: str) -> "Place":
        """From a page's token. Raises InvalidToken."""
        numbers = TOKEN.fullmatch(token)
        if numbers is None:
            raise InvalidToken(token)
        return cls(*map(int, numbers.groups()))

    @property
    def token(self) -> str:
        return "/".join(map(str, self))


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for: times are milliseconds since 1970, both included; `after` is a page's token."""

    matches: Callable[[str], bool]
    start: int | None = None
    end: int | None = None
    after: str | None = None
    limit: int = EVENTS_MAX


@dataclass(frozen=True)
class Page[E: Event]:
    """Events, each with the name of its stream; and a token, if there are more."""

    events: list[tuple[str, E]]
    token: str | None


def find_events[E: Event](streams: Iterable[tuple[str, Iterable[E]]], search: Search) -> Page[E]:
    """The first page of what matches. Raises InvalidToken.

    It ends at the limit, and before it has more than a MiB; there is an event on it if one matches.
    """
    page: list[tuple[str, E]] = []
    size = 0
    for stream, event in _matching(streams, search):
        size += len(event.message.encode())
        if len(page) == search.limit or (page and size > BYTES_MAX):
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
    # Each stream is in order, mostly, and to sort what is in order takes hardly longer than to look at it.
    found.sort(key=_place)
    following = 0 if before is None else bisect_right(found, before, key=_place)
    for stream, event in islice(found, following, None):
        if search.matches(event.message):
            yield stream, event


def _place(found: tuple[str, Event]) -> Place:
    event = found[1]
    return Place(event.timestamp, event.ingestion_time, event.event_id)
