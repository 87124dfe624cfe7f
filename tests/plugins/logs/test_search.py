"""Pages of log events."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.logs.filter_patterns.search import MAX_BYTES, InvalidToken, Search, find_events

type Streams = dict[str, list["Logged"]]


@dataclass(frozen=True)
class Logged:
    """A log event with the attributes that a search reads."""

    timestamp: int
    event_id: int
    message: str = "x"
    ingestion_time: int = 0


def everything(_: str) -> bool:
    return True


def pages(
    streams: Streams,
    limit: int,
    matches: Callable[[str], bool] = everything,
    between: Callable[[], None] = lambda: None,
) -> list[list[int]]:
    """Return the event ids on each page, calling `between` before the next."""
    found: list[list[int]] = []
    token: str | None = None
    while True:
        page = find_events(streams.items(), Search(matches=matches, limit=limit, after=token))
        found.append([event.event_id for _, event in page.events])
        if (token := page.token) is None:
            return found
        between()


def test_streams_are_one_in_order_of_time() -> None:
    """Events of all streams are merged in order of time, and those of the same time by id."""
    streams = {"b": [Logged(5, 1), Logged(1, 2)], "a": [Logged(3, 3), Logged(5, 4)], "c": [Logged(5, 0)]}
    assert pages(streams, 10) == [[2, 3, 0, 1, 4]]
    page = find_events(streams.items(), Search(matches=everything, limit=1))
    assert [(stream, event.event_id) for stream, event in page.events] == [("b", 2)]


def test_ingestion_comes_before_the_id() -> None:
    """Events with the same timestamp are ordered by ingestion time and then by id, as AWS documents."""
    streams = {"a": [Logged(5, 1, ingestion_time=9), Logged(5, 2, ingestion_time=8)]}
    assert pages(streams, 1) == [[2], [1]]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(None, None, [0, 1, 2]), (2, None, [1, 2]), (0, 2, [0, 1]), (3, 2, []), (0, 0, [])],
)
def test_both_ends_of_a_time_are_in_it(start: int | None, end: int | None, found: list[int]) -> None:
    """Events before the start or after the end are left out."""
    events = [Logged(1, 0), Logged(2, 1), Logged(3, 2)]
    page = find_events([("a", events)], Search(matches=everything, start=start, end=end))
    assert [event.event_id for _, event in page.events] == found


def test_a_page_that_is_full_and_the_last_has_no_token() -> None:
    """A full page has no token if nothing that matches follows."""
    streams = {"a": [Logged(1, 0), Logged(2, 1), Logged(3, 2, "y")]}
    assert pages(streams, 3) == [[0, 1, 2]]
    assert pages(streams, 2, matches="x".__eq__) == [[0, 1]]


def test_a_page_has_a_mebibyte_at_most() -> None:
    """A page has at most a mebibyte of UTF-8, unless a single event is larger."""
    streams = {"a": [Logged(1, 0, "é" * (MAX_BYTES // 2)), Logged(2, 1), Logged(3, 2, "x" * 2 * MAX_BYTES)]}
    assert pages(streams, 10) == [[0], [1], [2]]


@pytest.mark.parametrize("token", ["x", "1/2", "1/2/3/4", "1/2/-3", "1/2/" + "9" * 99])
def test_a_token_is_one_that_a_page_had(token: str) -> None:
    """An invalid token is refused instead of starting at the beginning."""
    with pytest.raises(InvalidToken):
        find_events([], Search(matches=everything, after=token))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.booleans())),
    st.lists(st.integers(6, 9), max_size=3).map(sorted),
    st.integers(1, 4),
)
def test_no_event_is_on_two_pages_or_on_none(
    events: list[tuple[str, int, bool]], later: list[int], limit: int
) -> None:
    """Each event is on exactly one page, for any limit and with events that arrive meanwhile."""
    streams: Streams = {"a": [], "b": [], "c": []}
    for number, (stream, at, is_x) in enumerate(events):
        streams[stream].append(Logged(at, number, "x" if is_x else "y"))
    wanted = [each for events in streams.values() for each in events if each.message == "x"]
    added: list[Logged] = []

    def add() -> None:
        if later:
            added.append(Logged(later.pop(0), 100 + len(added)))
            streams["a"].append(added[-1])

    found = pages(streams, limit, "x".__eq__, add)
    assert all(len(page) == limit for page in found[:-1])
    ids = [each for page in found for each in page]
    assert ids[: len(wanted)] == [
        event.event_id for event in sorted(wanted, key=lambda event: (event.timestamp, event.event_id))
    ]
    assert sorted(ids) == sorted(event.event_id for event in wanted + added)
