"""Bar charts as SVG, readable on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from benchmarks.figures import Figure, plots
from benchmarks.results import Results
from benchmarks.table import number

_WIDTH, _LEFT, _RIGHT = 720, 110, 90
_BAR, _STEP, _HEAD = 18, 24, 56
_GAP = 30
"""Pixels between the last bar of a group and the next group, including the next group's name."""

# The colours differ in lightness too. Text has the colour of the page's text.
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .note { fill: #59636e }
  .faultline { fill: #0969da } .plain { fill: #8c959f } .ministack { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 }
    .faultline { fill: #58a6ff } .plain { fill: #8b949e } .ministack { fill: #f0883e }
  }
"""


def draw(results: Results) -> dict[str, str]:
    """Return an SVG for each plot with values, by file name."""
    titles = {name: each.title for name, each in results.emulators.items()}
    groups = {
        f"{name}.svg": [(figure, results.values(figure.key)) for figure in figures]
        for name, figures in plots().items()
    }
    return {name: svg(group, titles) for name, group in groups.items() if any(values for _, values in group)}


def write(drawn: Mapping[str, str], folder: Path) -> None:
    """Write plots into a folder.

    Raises:
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (folder / name).write_text(picture)


def svg(groups: Sequence[tuple[Figure, Mapping[str, float]]], titles: Mapping[str, str]) -> str:
    """Draw a group of bars for each figure, one bar per emulator, on a common scale from zero."""
    largest = max((value for _, values in groups for value in values.values()), default=0) or 1
    first = groups[0][0]
    body, top = [], _HEAD
    for figure, values in groups:
        if figure.within:
            body.append(_text(0, top + 12, figure.within, "note"))
            top += _STEP
        for name, value in values.items():
            length = max(1, round((_WIDTH - _LEFT - _RIGHT) * value / largest))
            body += [
                _text(0, top + 14, titles[name]),
                f'<rect class="{escape(name)}" x="{_LEFT}" y="{top}" width="{length}" height="{_BAR}"/>',
                _text(_LEFT + length + 6, top + 14, f"{number(value)} {first.unit}"),
            ]
            top += _STEP
        top += _GAP - _STEP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {_WIDTH + 16} {top}" role="img">',
            f"<title>{escape(first.title)}</title>",
            f"<style>{_STYLE}</style>",
            _text(0, 20, first.title, "title"),
            _text(0, 40, f"{first.unit}; {first.better} is better", "note"),
            *body,
            "</svg>\n",
        ]
    )


def _text(x: int, y: int, words: str, kind: str = "") -> str:
    css = f' class="{kind}"' if kind else ""
    return f'<text{css} x="{x}" y="{y}">{escape(words)}</text>'
