"""Key figures of the screen "Overview": queues, throughput and durations, with sparklines."""

from dataclasses import dataclass, field

from nicegui import ui

from faultline.console import formatting
from faultline.console.elements import Area, text
from faultline.console.sparkline import sparkline
from faultline.operations.vitals import Values, Vitals, latest, total

KEPT_SECONDS = 15.0
"""Lifetime of a reading in seconds; CloudWatch bills each metric that is read."""


@dataclass(frozen=True, kw_only=True)
class _Figure:
    """A key figure.

    Attributes:
        number: Formatted number; empty if there is no data.
        said: Text beside the number.
        line: Previous values, for the sparkline.
        is_bad: Whether to highlight it.
    """

    title: str
    number: str
    said: str
    line: Values
    is_bad: bool = False


@dataclass
class Figures:
    """Row of key figures.

    Attributes:
        count: Number of figures to show, beginning with the queues.
    """

    count: int = 5
    _area: Area = field(init=False, repr=False)

    def draw(self) -> None:
        """Draw the figures without numbers."""
        self._area = Area("div", f"vitals of-{self.count}")

    def show(self, vitals: Vitals) -> None:
        """Update the figures with new values."""
        self._area.show(_figures(vitals)[: self.count], _draw)


def _draw(figures: list[_Figure]) -> None:
    for figure in figures:
        with ui.element("section").classes("part vital"):
            text("h2", figure.title)
            with ui.element("p"):
                text("span", figure.number or "-", "figure bad" if figure.is_bad else "figure")
                text("span", figure.said if figure.number else "no data yet", "muted")
            sparkline(figure.line, figure.title)


def _figures(vitals: Vitals) -> list[_Figure]:
    waiting, dead = latest(vitals.waiting), latest(vitals.dead)
    median, p95 = latest(vitals.median), latest(vitals.p95)
    accepted, succeeded = total(vitals.accepted), total(vitals.succeeded)
    share = vitals.failed_share
    said = f"{succeeded / vitals.minutes:,.3g} a minute of {accepted:,.0f} accepted"
    return [
        _Figure(title="Task queue", number=_whole(waiting), said=_queue(vitals), line=vitals.waiting),
        _Figure(
            title="Dead-letter queue",
            number=_whole(dead),
            said="messages not yet recorded",
            line=vitals.dead,
            is_bad=bool(dead),
        ),
        _Figure(title="Succeeded", number=f"{succeeded:,.0f}", said=said, line=_counts(vitals.succeeded)),
        _Figure(
            title="Failed attempts",
            number="" if share is None else f"{100 * share:.3g} %",
            said=f"of {total(vitals.attempts):,.0f} attempts",
            line=_failed(vitals),
        ),
        _Figure(
            title="Attempt duration",
            number="" if median is None else formatting.duration(median / 1000),
            said="" if p95 is None else f"at the median, 95 % within {formatting.duration(p95 / 1000)}",
            line=vitals.p95,
        ),
    ]


def _queue(vitals: Vitals) -> str:
    in_flight, oldest = latest(vitals.in_flight) or 0, latest(vitals.oldest) or 0
    said = [f"waiting, {in_flight:,.0f} in flight"]
    if oldest:
        said.append(f"oldest {formatting.duration(oldest)}")
    return ", ".join(said)


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _counts(values: Values) -> Values:
    """Replace missing counts by 0."""
    return [value or 0 for value in values]


def _failed(vitals: Vitals) -> Values:
    """Return the fraction of failed attempts in each period; None for a period without attempts."""
    found = zip(vitals.attempts, vitals.retries, vitals.given_up, strict=True)
    return [
        min(1.0, ((retried or 0) + (given_up or 0)) / begun) if begun else None
        for begun, retried, given_up in found
    ]
