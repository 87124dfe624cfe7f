"""Table of a task's attempts, and path of its states."""

from collections.abc import Sequence

from nicegui import ui

from faultline.console import formatting
from faultline.console.attempts import Attempt, Entry, attempts, lanes
from faultline.console.elements import empty, status_chip, text

_TITLES = ("Attempt", "Began (UTC)", "Took", "Outcome", "Then waited")
_FIRST, _LAST = 4, 8
"""Number of entries to show at the start and at the end of a long path."""
_REQUESTER = ("principal", "apiKeyId", "sourceAddress")


def draw_attempts(history: Sequence[Entry]) -> None:
    """Draw a table with a row for each attempt."""
    found = attempts(history)
    if not found:
        empty("None yet.")
        return
    many = found[-1].generation > 0
    around = ui.element("div").classes("scroll").props('tabindex="0" role="group" aria-label="Attempts"')
    with around, ui.element("table").classes("plain"):
        with ui.element("thead"), ui.element("tr"):
            for title in _TITLES:
                text("th", title).props('scope="col"')
        with ui.element("tbody"):
            for before, attempt in zip([None, *found], found, strict=False):
                _row(attempt, before, many=many)


def _row(attempt: Attempt, before: Attempt | None, *, many: bool) -> None:
    with ui.element("tr"):
        number = "not counted" if attempt.number is None else str(attempt.number)
        text("td", f"{number} (generation {attempt.generation})" if many else number)
        began = formatting.clock_after(
            attempt.began, before.began if before else None, formatting.now().date()
        )
        text("td", began, "figures")
        text("td", "" if attempt.took is None else formatting.duration(attempt.took), "figures")
        with ui.element("td"):
            text("span", attempt.outcome + (f" ({attempt.times} times)" if attempt.times > 1 else ""))
            if attempt.error:
                text("div", f"{attempt.error['category']}: {attempt.error['message']}", "reason muted")
        text("td", _waited(attempt))


def _waited(attempt: Attempt) -> str:
    observed = "" if attempt.delay_observed is None else formatting.duration(attempt.delay_observed)
    if attempt.delay_asked is None:
        return observed
    asked = f"planned {formatting.duration(attempt.delay_asked)}"
    return f"{observed}, {asked}" if observed else asked


def draw_lanes(history: Sequence[Entry]) -> None:
    """Draw each generation's path of states, the current generation last."""
    found = lanes(history)
    for number, entries in enumerate(found):
        if len(found) > 1:
            text("h3", _lane_title(entries[0], number))
        with ui.element("ol").classes("path"):
            for entry in _shortened(entries):
                with ui.element("li"):
                    if entry is None:
                        text("span", f"… {len(entries) - _FIRST - _LAST} more …", "muted gap")
                        continue
                    if "omitted" in entry:
                        text("span", f"{entry['omitted']} earlier entries are no longer kept", "muted")
                    chip = status_chip(entry["status"])
                    chip.props(f'title="{formatting.clock(entry["at"])} UTC"')
                    text("span", formatting.clock(entry["at"])[11:19], "muted")
                    if entry["status"] == "CANCELLED" and (by := _requester(entry)):
                        text("span", f"by {by}", "muted")


def _shortened(entries: Sequence[Entry]) -> list[Entry | None]:
    """Shorten a long path to its first and last entries, with None between them."""
    if len(entries) <= _FIRST + _LAST + 1:
        return [*entries]
    return [*entries[:_FIRST], None, *entries[-_LAST:]]


def _lane_title(first: Entry, number: int) -> str:
    if "generation" not in first:
        return "First generation" if number == 0 else f"Generation {number}"
    by = _requester(first)
    return f"Generation {first['generation']}, redriven" + (f" by {by}" if by else "")


def _requester(entry: Entry) -> str:
    asked = entry.get("requestedBy", {})
    return next((str(asked[name]) for name in _REQUESTER if name in asked), "")
