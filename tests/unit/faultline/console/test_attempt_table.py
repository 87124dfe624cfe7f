"""The table of a task's attempts."""

from nicegui import Client
from nicegui.elements.mixins.text_element import TextElement

from faultline.console.attempt_table import draw_attempts


def test_attempts_of_different_days_have_dates(drawn: Client) -> None:
    times = ("2026-01-30T23:59:58Z", "2026-01-30T23:59:59Z", "2026-01-31T00:00:01Z")
    draw_attempts([{"at": at, "status": "PROCESSING", "attempt": 1} for at in times])
    texts = [each.text for each in drawn.elements.values() if isinstance(each, TextElement)]
    assert [each for each in texts if ":" in each and each[0].isdigit()] == [
        "2026-01-30 23:59:58.000",
        "23:59:59.000",
        "2026-01-31 00:00:01.000",
    ]
