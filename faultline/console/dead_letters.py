"""Screen "Dead letters": groups with the same reason, each with a canary redrive."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from nicegui import ui

from faultline.console import formatting
from faultline.console.canary import Canary
from faultline.console.elements import empty, link, section, text
from faultline.console.frame import Frame
from faultline.operations.dead_letter_report import read_report

WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
_NAMES = {"1h": "hour", "24h": "24 hours", "7d": "7 days"}
_LOOKED_AT = 2_000

type _Key = tuple[str, str, str]


@dataclass
class DeadLetters:
    """Screen with the groups of recent dead letters.

    Attributes:
        window: Time window of the report, one of WINDOWS.
    """

    frame: Frame
    window: str
    _canaries: dict[_Key, Canary] = field(default_factory=dict)
    _shown: dict[str, Any] = field(default_factory=dict)

    def build(self) -> None:
        """Build the screen; the first refresh fills in the groups."""
        with self.frame.page("Dead letters"):
            text("h1", "Dead letters")
            with ui.element("p").classes("choices"):
                text("span", "given up in the last")
                for window in WINDOWS:
                    choice = link(_NAMES[window], f"/dead-letters?window={window}")
                    if window == self.window:
                        choice.classes("current").props('aria-current="true"')
            self._summary = ui.element("div")
            self._groups = ui.element("div")
        self.frame.every(self._refresh)

    async def _refresh(self) -> None:
        since = formatting.now() - WINDOWS[self.window]
        ask = partial(read_report, since=since, limit=_LOOKED_AT)
        report = await self.frame.operation(f"dead letters {self.window}", ask)
        # The times of the trend are left out, and that of the window is compared by its minute: they change
        # with each reading, and redrawing loses the focus.
        summary = {name: report[name] for name in ("total", "more", "byCategory", "byKind")}
        summary["since"] = formatting.minute(report["since"])  # as the links have it
        summary["trend"] = [bucket["count"] for bucket in report["trend"]]
        if self._shown.get("summary") != summary:
            self._summary.clear()
            with self._summary:
                _draw_summary(report)
            self._shown["summary"] = summary
        # A group in use stays on the screen, even if it has become empty.
        groups = {(each["category"], each["type"], each["reason"]): each for each in report["byReason"]}
        kept = {key: canary.group for key, canary in self._canaries.items() if canary.is_needed}
        rows = {**{key: {**group, "count": 0, "trend": []} for key, group in kept.items()}, **groups}
        rows = {key: {**group, "more": report["more"]} for key, group in rows.items()}
        for canary in self._canaries.values():
            if not canary.is_needed:  # otherwise its tasks are those that were shown when it began
                canary.since = report["since"]
        self._draw_groups(rows, report)
        for canary in self._canaries.values():
            await canary.look()

    def _draw_groups(self, rows: dict[_Key, dict[str, Any]], report: dict[str, Any]) -> None:
        shown = ({*rows}, None if rows else report["more"])
        if self._shown.get("groups") == shown:  # only counts have changed, nothing moves
            for key, group in rows.items():
                self._canaries[key].show_group(group)
        else:
            self._groups.clear()
            self._canaries = {key: each for key, each in self._canaries.items() if key in rows}
            with self._groups:
                if not rows:
                    empty(formatting.no_dead_letters(is_at_least=report["more"]))
                for key, group in rows.items():
                    canary = self._canaries.setdefault(key, Canary(self.frame, group, report["since"]))
                    canary.draw(group)
        self._shown["groups"] = shown


def _draw_summary(report: dict[str, Any]) -> None:
    if not report["total"]:
        return
    tasks_url = partial(formatting.tasks_url, status="DEAD_LETTERED", diedAfter=report["since"])
    with section("Summary"):
        with ui.element("div").classes("by-category"):
            counted = partial(formatting.counted, is_at_least=report["more"])
            link(counted(report["total"]), tasks_url(), "figure")
            for category, count in report["byCategory"].items():
                link(f"{category} {counted(count)}", tasks_url(category=category), "chip")
            for kind, count in report["byKind"].items():
                link(f"{kind} {counted(count)}", tasks_url(type=kind), "chip")
        largest = max((bucket["count"] for bucket in report["trend"]), default=0) or 1
        said = ", ".join(str(bucket["count"]) for bucket in report["trend"])
        with ui.element("div").classes("trend").props(f'role="img" aria-label="Over time: {said}"'):
            for bucket in report["trend"]:
                bar = ui.element("span").style(f"height: {max(2, 46 * bucket['count'] // largest)}px")
                bar.classes("none" if not bucket["count"] else "some")
