"""Durations and times on the command line."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from faultline.cli.dashboard.command import window_of
from faultline.cli.since import since_when

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("0s", timedelta(0)),
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("2026-01-31T11:00:00Z", timedelta(hours=1)),
        ("2026-01-31T13:30:00.250+02:00", timedelta(minutes=30, milliseconds=-250)),
    ],
)
def test_since_is_so_long_ago_or_a_time(text: str, ago: timedelta) -> None:
    """`--since` accepts a duration in s, m, h, d or w, and an RFC 3339 time."""
    assert since_when(text, NOON) == NOON - ago


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "24",
        "-1h",
        "1.5h",
        "24 h",
        "24H",
        "yesterday",
        "2026-01-31",
        "2026-01-31T11:00:00",
        "9999999d",
    ],
)
def test_anything_else_is_wrong_usage(text: str) -> None:
    """A text that is neither a duration nor a time with an offset is refused."""
    with pytest.raises(typer.BadParameter, match="is neither a duration"):
        since_when(text, NOON)


def test_a_time_to_come_is_wrong_usage() -> None:
    """A time in the future is refused, since nothing can have happened since then."""
    with pytest.raises(typer.BadParameter, match="is in the future"):
        since_when("2026-01-31T12:00:01Z", NOON)


@pytest.mark.parametrize(
    ("text", "window"),
    [("30m", timedelta(minutes=30)), ("3h", timedelta(hours=3)), ("15d", timedelta(days=15))],
)
def test_a_dashboard_shows_the_last_minutes_hours_or_days(text: str, window: timedelta) -> None:
    assert window_of(text) == window


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1w", "16d", "1h30m", "99999d"])
def test_a_dashboard_refuses_any_other_period(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="must be a duration such as"):
        window_of(text)
