"""List of the firing alarms, each with the first step to take."""

from collections.abc import Sequence
from datetime import date

from nicegui import ui

from faultline.console import formatting
from faultline.console.elements import empty, text
from faultline.operations.alarms import FiringAlarm

KEPT_SECONDS = 10.0
"""Lifetime of a reading in seconds; alarms are evaluated only once a minute."""


def draw_alarms(alarms: Sequence[FiringAlarm], today: date) -> None:
    """Draw the list of firing alarms, with the dates of those that have not fired today."""
    if not alarms:
        empty("None.")
        return
    with ui.element("ul").classes("alarms"):
        for alarm in alarms:
            with ui.element("li"):
                text("span", "on", "chip OPEN")
                text("strong", alarm.name, "id")
                text("span", f"since {formatting.time_of_day(alarm.since, today)}", "muted")
                text("p", alarm.meaning, "reason")
                with ui.element("p").classes("reason muted"):
                    _prose(f"First: {alarm.first}" if alarm.first else "")
                    if alarm.runbook:
                        text("span", "More: ")
                        text("code", alarm.runbook)


def _prose(sentence: str) -> None:
    """Show a text, with its parts in backticks as code."""
    for number, piece in enumerate(sentence.split("`")):
        if piece:
            text("code" if number % 2 else "span", piece)
    if sentence:
        text("span", " ")
