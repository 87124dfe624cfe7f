"""Formatting of times, numbers, states and addresses for the console."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode


def label(status: str) -> str:
    """Return the label of a state, such as `Dead lettered`."""
    return status.replace("_", " ").capitalize()


def moment(text: str) -> datetime:
    """Parse an RFC 3339 time."""
    return datetime.fromisoformat(text)


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def duration(seconds: float) -> str:
    """Format a duration with one or two units.

    >>> [duration(each) for each in (0.034, 4.2, 59.6, 61, 3_700, 100_000)]
    ['34 ms', '4.2 s', '60 s', '1 min 1 s', '1 h 1 min', '1 d 3 h']
    """
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    whole = int(seconds)
    for size, unit, smaller, small_unit in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {small_unit}" if rest else "")
    return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")


def ago(text: str, at: datetime) -> str:
    """Format the time since a moment with one unit, such as `12 s ago`; `just now` below 1 s."""
    seconds = int((at - moment(text)).total_seconds())
    if seconds < 60:
        return "just now" if seconds < 1 else f"{seconds} s ago"
    return f"{' '.join(duration(seconds).split()[:2])} ago"


def clock(text: str) -> str:
    """Format an RFC 3339 time in UTC with milliseconds, such as `2026-11-28 14:03:12.123`."""
    return moment(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def minute(text: str) -> str:
    """Return the date, hour and minute of an RFC 3339 time, such as `2026-01-31T12:00`."""
    return text[:16]


def clock_after(text: str, before: str | None, today: date) -> str:
    """Format an RFC 3339 time as `clock` does, without its date if the row above implies it.

    Args:
        text: The time.
        before: Time in the row above; None for the first row, where today's date is implied.
        today: The current date in UTC.

    >>> clock_after("2026-11-29T00:03:12Z", "2026-11-28T23:59:58Z", date(2026, 11, 29))
    '2026-11-29 00:03:12.000'
    >>> clock_after("2026-11-29T00:03:19Z", "2026-11-29T00:03:12Z", date(2026, 11, 30))
    '00:03:19.000'
    """
    implied = clock(before)[:10] if before else today.isoformat()
    shown = clock(text)
    return shown[11:] if shown[:10] == implied else shown


def time_of_day(at: datetime, today: date) -> str:
    """Format a time in UTC without its date if that is today's, such as `14:03:12 UTC`.

    >>> time_of_day(datetime.fromisoformat("2026-11-28T23:03:12+09:00"), date(2026, 11, 28))
    '14:03:12 UTC'
    >>> time_of_day(datetime.fromisoformat("2026-11-28T03:03:12+09:00"), date(2026, 11, 28))
    '2026-11-27 18:03:12 UTC'
    """
    there = at.astimezone(UTC)
    return f"{there:%H:%M:%S} UTC" if there.date() == today else f"{there:%Y-%m-%d %H:%M:%S} UTC"


def number(count: dict[str, Any]) -> str:
    """Format a count from the API, such as `1,204` or `10,000+`."""
    return counted(count["value"], count["atLeast"])


def counted(value: int, is_at_least: bool) -> str:
    """Format a count, such as `1,204`; `1,204+` if there may be more."""
    return f"{value:,}{'+' if is_at_least else ''}"


def no_dead_letters(*, is_at_least: bool) -> str:
    """Say that no task was given up in a period, among all tasks or, with `is_at_least`, among some."""
    if is_at_least:
        return "None of the dead letters examined was given up in this period; others may have been."
    return "None. No task has been given up in this period."


def matching(found: dict[str, Any]) -> str | None:
    """Describe the tasks that a dry run found, such as `1 task` or `10,000+ tasks`; None if none matches.

    A dry run that examines only some tasks may not have found any yet: `all matching tasks`.
    """
    if not found["matched"]:
        return "all matching tasks" if found["more"] else None
    number = f"{found['matched']:,}{'+' if found['more'] else ''}"
    return f"{number} task{'' if number == '1' else 's'}"


def tasks_url(**filters: Any) -> str:
    """Return the address of the list of tasks with these filters."""
    given = {name: value for name, value in filters.items() if value}
    return "/tasks" + (f"?{urlencode(given, doseq=True)}" if given else "")


def task_url(task_id: str) -> str:
    """Return the address of a task's screen."""
    return f"/tasks/{quote(task_id, safe='')}"


def copy_url(task_id: str) -> str:
    """Return the address of the form for a copy of a task."""
    return f"/submit?{urlencode({'copy': task_id})}"
