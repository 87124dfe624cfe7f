"""Times, durations and addresses as the console shows them."""

from datetime import date

from faultline.console.formatting import ago, clock_after, duration, matching, moment, tasks_url, time_of_day


def test_durations() -> None:
    written = [duration(each) for each in (0.034, 4.2, 59.6, 61, 3_700, 100_000)]
    assert written == ["34 ms", "4.2 s", "60 s", "1 min 1 s", "1 h 1 min", "1 d 3 h"]


def test_how_long_ago() -> None:
    at = moment("2026-01-31T12:00:00Z")
    times = ("2026-01-31T12:00:00Z", "2026-01-31T11:59:15Z", "2026-01-31T10:30:00Z", "2026-01-31T12:00:09Z")
    assert [ago(each, at) for each in times] == ["just now", "45 s ago", "1 h ago", "just now"]


def test_times_are_in_utc_with_their_date_if_that_is_not_today() -> None:
    today = moment("2026-01-31T12:00:00Z").date()
    times = ("2026-01-31T12:00:00Z", "2026-01-31T21:00:00+09:00", "2026-01-31T08:00:00+09:00")
    assert [time_of_day(moment(each), today) for each in times] == [
        *["12:00:00 UTC"] * 2,
        "2026-01-30 23:00:00 UTC",
    ]


def test_a_table_shows_a_date_where_it_begins_to_differ() -> None:
    times = ["2026-01-30T23:59:58Z", "2026-01-31T08:59:59+09:00", "2026-01-31T00:00:01Z"]
    for today, first in (("2026-01-30", "23:59:58.000"), ("2026-02-01", "2026-01-30 23:59:58.000")):
        day = date.fromisoformat(today)
        shown = [clock_after(each, before, day) for before, each in zip([None, *times], times, strict=False)]
        assert shown == [first, "23:59:59.000", "2026-01-31 00:00:01.000"]


def test_a_dry_run_that_has_found_none_yet_does_not_mean_that_none_matches() -> None:
    """A dry run examines only some tasks; changes of the others need a confirmation, too."""
    found = [(1, False), (1_200, False), (1, True), (10_000, True), (0, True), (0, False)]
    assert [matching({"matched": number, "more": more}) for number, more in found] == [
        *("1 task", "1,200 tasks", "1+ tasks", "10,000+ tasks"),
        *("all matching tasks", None),
    ]


def test_addresses_are_encoded() -> None:
    assert tasks_url(text="<a&b>", status=("PENDING", "QUEUED")) == (
        "/tasks?text=%3Ca%26b%3E&status=PENDING&status=QUEUED"
    )
