"""The benchmark's plots."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.figures import FIGURES, Figure, plots
from benchmarks.plots import draw, svg, write
from benchmarks.results import Results

SVG = {"svg": "http://www.w3.org/2000/svg"}
BY_KEY = {figure.key: figure for figure in FIGURES}
TITLES = {"faultline": "Faultline", "plain": "A & B"}


def test_there_is_a_plot_of_each_measure(results: Results, tmp_path: Path) -> None:
    """Each plot is written to a file of its own, as well-formed XML."""
    write(draw(results), tmp_path / "plots")
    written = sorted((tmp_path / "plots").iterdir())
    assert [file.name for file in written] == sorted(f"{name}.svg" for name in plots())
    for file in written:
        ElementTree.parse(file)


def test_bars_are_as_long_as_their_values() -> None:
    """Bars start at zero, on one scale for the whole plot, and the smallest one is still visible."""
    groups = [
        (BY_KEY["warm_invoke_p50_ms"], {"faultline": 10.0, "plain": 20.0}),
        (BY_KEY["warm_invoke_p99_ms"], {"faultline": 0.0, "plain": 40.0}),
    ]
    drawn = ElementTree.fromstring(svg(groups, TITLES))
    lengths = [int(bar.attrib["width"]) for bar in drawn.findall("svg:rect", SVG)]
    assert lengths == [lengths[3] // 4, lengths[3] // 2, 1, lengths[3]]
    said = [text.text for text in drawn.findall("svg:text", SVG)]
    assert {"p50", "p99", "A & B", "20.0 ms", "ms; lower is better"} <= set(said)


def test_nothing_is_drawn_outside_the_picture() -> None:
    """A plot has room for the number beside its longest bar."""
    drawn = ElementTree.fromstring(svg([(BY_KEY["drain_per_s"], {"faultline": 123456.0})], TITLES))
    left, top, width, height = map(int, drawn.attrib["viewBox"].split())
    for each in [*drawn.findall("svg:rect", SVG), *drawn.findall("svg:text", SVG)]:
        assert left <= int(each.attrib["x"]) < left + width - 80
        assert top <= int(each.attrib["y"]) < top + height


@pytest.mark.parametrize("group", plots().values())
def test_figures_of_a_plot_share_what_its_head_says(group: tuple[Figure, ...]) -> None:
    """The figures of a plot share one title, one unit and one direction of improvement."""
    assert len({(each.title, each.unit, each.better) for each in group}) == 1
