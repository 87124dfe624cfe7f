"""Sparklines: small line charts without axes."""

from collections.abc import Sequence

from nicegui import ui

_WIDTH, _HEIGHT = 200, 36
_MARGIN = 2


def sparkline(values: Sequence[float | None], meaning: str) -> None:
    """Draw values as a line, scaled from 0 to the highest, with gaps for missing values.

    Args:
        values: The values, oldest first.
        meaning: Description of the values, for screen readers.
    """
    known = [value for value in values if value is not None]
    said = f"{meaning}, from {known[0]:g} to {known[-1]:g}" if known else f"{meaning}, without data"
    svg = ui.element("svg").classes("sparkline")
    svg.props(f'viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{said}"')
    with svg:
        ui.element("path").props(f'd="M0 {_HEIGHT - 0.5} H{_WIDTH}"').classes("ground")
        if known:
            line, dots = paths(values)
            ui.element("path").props(f'd="{line}"').classes("line")
            ui.element("path").props(f'd="{dots}"').classes("dots")


def paths(values: Sequence[float | None]) -> tuple[str, str]:
    """Return the SVG paths of the line and of its isolated points.

    An isolated point is a line of length 0, which a round cap turns into a dot.

    >>> paths([0, None, 1, 1])
    ('M133.3 2 L200 2', 'M0 34 h0.01')
    """
    top = max((value for value in values if value is not None), default=0) or 1
    step = _WIDTH / max(1, len(values) - 1)
    room = _HEIGHT - 2 * _MARGIN
    line: list[str] = []
    dots: list[str] = []
    for number, value in enumerate(values):
        if value is None:
            continue
        at = f"{number * step:.4g} {_HEIGHT - _MARGIN - room * max(0, value) / top:.4g}"
        continues = number > 0 and values[number - 1] is not None
        if not continues and (number + 1 == len(values) or values[number + 1] is None):
            dots.append(f"M{at} h0.01")
        else:
            line.append(f"{'L' if continues else 'M'}{at}")
    return " ".join(line), " ".join(dots)
