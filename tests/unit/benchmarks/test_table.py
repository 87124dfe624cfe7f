"""The table of results, and its place in a document."""

from pathlib import Path

import pytest

from benchmarks import document
from benchmarks.errors import MarkersMissing, ResultsUnreadable
from benchmarks.figures import FIGURES
from benchmarks.results import Results, read
from benchmarks.table import header, markdown, number, rows


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0.00"), (0.126, "0.13"), (9.99, "9.99"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_numbers_have_as_many_digits_as_they_deserve(value: float | None, text: str) -> None:
    """Numbers have about three significant digits, with commas between thousands; None is a hyphen."""
    assert number(value) == text


def test_a_row_compares_with_faultline_and_names_the_best(results: Results) -> None:
    """A row has each emulator's median, its ratio to Faultline's, and the best emulator."""
    assert header(results)[2:] == [
        *("Faultline", "LocalStack", "MiniStack"),
        *("LocalStack / Faultline", "MiniStack / Faultline", "best"),
    ]
    found = {row[0]: row[2:] for row in rows(results)}
    assert found["Start, until it answers"] == ["2.00", "5.00", "1.00", "2.50 ×", "0.50 ×", "MiniStack"]  # noqa: RUF001
    assert found["Tasks end to end"][-1] == "LocalStack"
    assert len(found) == len(FIGURES)


def test_nobody_is_best_when_alone_or_equal() -> None:
    """No emulator is marked as best if it is the only one or the results are equal."""
    [figure] = [figure for figure in FIGURES if figure.key == "ready_s"]
    assert figure.best({"faultline": 1}) is None
    assert figure.best({"faultline": 1, "plain": 1}) is None
    assert figure.best({"faultline": 2, "plain": 1}) == "plain"


def test_an_emulator_may_be_missing(results: Results) -> None:
    """Without Faultline, the table has no ratios."""
    alone = Results(
        machine=results.machine, plan=results.plan, emulators={"plain": results.emulators["plain"]}
    )
    assert header(alone) == ["", "unit", "LocalStack", "best"]
    assert rows(alone)[0][2:] == ["5.00", "-"]


def test_every_line_of_the_markdown_has_every_column(results: Results) -> None:
    """Every line of the Markdown table has every column."""
    lines = markdown(results).splitlines()
    assert len(lines) == len(FIGURES) + 2
    assert {line.count("|") for line in lines} == {len(header(results)) + 1}


def test_what_is_written_is_read_again(results: Results, tmp_path: Path) -> None:
    """Results can be read back from their file, which includes the ratios."""
    file = tmp_path / "new" / "results.json"
    results.write(file)
    assert read(file) == results
    assert results.to_json()["figures"]["ready_s"]["ratios"] == {"plain": 2.5, "ministack": 0.5}


@pytest.mark.parametrize("content", [None, "", "[]", '{"machine": {}}'])
def test_what_is_no_results_says_so(content: str | None, tmp_path: Path) -> None:
    """Results that are missing or invalid are refused with an error that names their file."""
    file = tmp_path / "results.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ResultsUnreadable, match=r"results\.json"):
        read(file)


def test_a_document_is_changed_between_the_markers_only(results: Results, tmp_path: Path) -> None:
    """A document's section replaces only the text between the markers, and can be inserted again."""
    file = tmp_path / "benchmarks.md"
    file.write_text(f"before\n\n{document.BEGIN}\nstale\n{document.END}\n\nafter\n")
    section = document.section(results, ["benchmarks/start.svg"])
    document.insert(file, section)
    once = file.read_text()
    document.insert(file, section)
    assert file.read_text() == once
    assert once.startswith(
        f"before\n\n{document.BEGIN}\nMeasured by `scripts/bench` on 2026-01-31, commit 01234"
    )
    assert once.endswith(f"\n{document.END}\n\nafter\n")
    assert "stale" not in once
    assert "4 cores of A Processor, 16 GB" in once
    assert "medians of 3 rounds" in once
    assert "300 on Faultline, 300 on LocalStack, 300 on MiniStack." in once
    assert "![Start](benchmarks/start.svg)" in once


@pytest.mark.parametrize("text", ["", document.BEGIN, f"{document.END}\n{document.BEGIN}"])
def test_a_document_without_markers_is_left_alone(text: str, tmp_path: Path) -> None:
    """A document without both markers in their order is refused and left unchanged."""
    file = tmp_path / "benchmarks.md"
    file.write_text(text)
    with pytest.raises(MarkersMissing):
        document.insert(file, "new")
    assert file.read_text() == text
