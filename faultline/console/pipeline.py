"""Picture of the pipeline: the states of tasks, with the number of tasks in each."""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from faultline.console.elements import text
from faultline.console.formatting import tasks_url
from faultline.operations.vitals import Vitals, total

_WIDTH, _HEIGHT = 164, 76


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A box of the picture, which shows the number of tasks in its states."""

    name: str
    hint: str
    states: tuple[str, ...]
    wide: tuple[int, int]
    tall: tuple[int, int]


_PLACES = (
    _Place(name="Accepted", hint="all tasks kept", states=(), wide=(2, 132), tall=(2, 2)),
    _Place(name="Scheduled", hint="for later", states=("SCHEDULED",), wide=(2, 2), tall=(194, 2)),
    _Place(
        name="Queue", hint="pending, queued", states=("PENDING", "QUEUED"), wide=(290, 132), tall=(2, 128)
    ),
    _Place(name="Parked", hint="circuit, turn, pause", states=("PARKED",), wide=(434, 2), tall=(194, 128)),
    _Place(name="Processing", hint="being tried", states=("PROCESSING",), wide=(578, 132), tall=(2, 254)),
    _Place(
        name="Retrying", hint="next attempt waits", states=("RETRYING",), wide=(434, 262), tall=(194, 254)
    ),
    _Place(name="Succeeded", hint="done", states=("SUCCEEDED",), wide=(934, 132), tall=(2, 380)),
    _Place(name="Dead letters", hint="given up", states=("DEAD_LETTERED",), wide=(934, 262), tall=(194, 380)),
    _Place(
        name="Cancelled",
        hint="or expired",
        states=("EXPIRED", "CANCELLED"),
        wide=(934, 2),
        tall=(194, 474),
    ),
)

# Paths of the arrows; each is highlighted while tasks are in the states that it connects.
_WIDE = {
    "M166 170 H284": ("PENDING", "QUEUED"),
    "M166 50 L284 146": ("SCHEDULED",),
    "M454 170 H572": ("PROCESSING",),
    "M742 170 H928": ("PROCESSING",),
    "M640 132 L590 84": ("PARKED",),
    "M450 84 L400 126": ("PARKED",),
    "M640 208 L590 256": ("RETRYING",),
    "M450 262 L400 214": ("RETRYING",),
    "M742 190 L928 290": ("DEAD_LETTERED",),
}
_TALL = {
    "M84 78 V122": ("PENDING", "QUEUED"),
    "M194 62 L172 84 L140 122": ("SCHEDULED",),
    "M84 204 V248": ("PROCESSING",),
    "M84 330 V374": ("PROCESSING",),
    "M150 254 L206 210": ("PARKED",),
    "M194 160 H172": ("PARKED",),
    "M166 300 H188": ("RETRYING",),
    "M212 254 L150 210": ("RETRYING",),
    "M140 330 L206 374": ("DEAD_LETTERED",),
}

# Centres of the numbers beside the arrows, by the quantity that they show.
_PASSED_WIDE = {
    "accepted": (228, 160),
    "attempts": (513, 160),
    "succeeded": (835, 160),
    "retries": (676, 238),
    "given_up": (812, 254),
}
_PASSED_TALL = {
    "accepted": (50, 105),
    "attempts": (50, 231),
    "succeeded": (50, 357),
    "retries": (300, 246),
    "given_up": (218, 356),
}


@dataclass
class Pipeline:
    """Picture of the pipeline in a wide and a narrow layout, one of which the style sheet hides."""

    _numbers: dict[str, list[TextElement]] = field(default_factory=dict)
    _boxes: dict[str, list[ui.element]] = field(default_factory=dict)
    _arrows: list[tuple[ui.element, tuple[str, ...]]] = field(default_factory=list)
    _passed: dict[str, list[TextElement]] = field(default_factory=dict)

    def draw(self) -> None:
        """Draw the picture without numbers."""
        self._drawing("wide", "0 0 1100 342", _WIDE, _PASSED_WIDE)
        self._drawing("tall", "0 0 360 554", _TALL, _PASSED_TALL)

    def show(self, counts: dict[str, dict[str, Any]]) -> None:
        """Show the numbers of tasks from `GET /stats`."""
        for place in _PLACES:
            found = [counts[state] for state in place.states or counts if state in counts]
            number_of = sum(each["value"] for each in found)
            more = "+" if any(each["atLeast"] for each in found) else ""
            for number in self._numbers[place.name]:
                number.set_text(f"{number_of:,}{more}")
            for box in self._boxes[place.name]:
                box.classes("busy") if number_of else box.classes(remove="busy")
        for arrow, states in self._arrows:
            is_lit = any(counts.get(state, {}).get("value") for state in states)
            arrow.classes("lit") if is_lit else arrow.classes(remove="lit")

    def show_passed(self, vitals: Vitals) -> None:
        """Show, beside the arrows, the numbers of tasks and attempts that have passed in the window."""
        for name, places in self._passed.items():
            number = total(getattr(vitals, name))
            # There is no space for the number of retries near its arrow.
            unit = (" retry" if number == 1 else " retries") if name == "retries" else ""
            for place in places:
                place.set_text(f"+{number:,.0f}{unit}")

    def _drawing(
        self,
        layout: str,
        box: str,
        arrows: dict[str, tuple[str, ...]],
        passed: dict[str, tuple[int, int]],
    ) -> None:
        # The picture contains links, so its role is a group rather than an image.
        svg = ui.element("svg").classes(f"pipeline {layout}")
        svg.props(f'viewBox="{box}" role="group" aria-label="The pipeline, with the tasks in each state"')
        with svg:
            with ui.element("defs"), ui.element("marker") as marker:
                marker.props(
                    f'id="tip-{layout}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" '
                    'orient="auto-start-reverse"'
                )
                ui.element("path").props('d="M0 0 L8 4 L0 8 z"').classes("tip")
            for path, states in arrows.items():
                arrow = (
                    ui.element("path").props(f'd="{path}" marker-end="url(#tip-{layout})"').classes("arrow")
                )
                self._arrows.append((arrow, states))
            for name, (x, y) in passed.items():
                said = text("text", "", "passed").props(f'x="{x}" y="{y}" data-passed="{name}"')
                self._passed.setdefault(name, []).append(said)
            for place in _PLACES:
                self._place(place, *getattr(place, layout))

    def _place(self, place: _Place, x: int, y: int) -> None:
        address = tasks_url(status=place.states)
        with ui.element("a").props(f'href="{address}"').classes("place") as box:
            for state in place.states[-1:]:
                box.classes(state)
            ui.element("rect").props(f'x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="10"')
            text("text", place.name, "name").props(f'x="{x + 14}" y="{y + 23}"')
            number = text("text", "-", "number").props(f'x="{x + 14}" y="{y + 49}"')
            text("text", place.hint, "hint").props(f'x="{x + 14}" y="{y + 66}"')
        self._numbers.setdefault(place.name, []).append(number)
        self._boxes.setdefault(place.name, []).append(box)
