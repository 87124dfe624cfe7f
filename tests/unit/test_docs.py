"""What the documents refer to exists."""

import re
from pathlib import Path

import pytest

from lambdas.telemetry.metrics import Metric

ROOT = Path(__file__).parents[2]
REFERENCES = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/guarantees.md").read_text())


@pytest.mark.parametrize(("file", "test"), sorted(set(REFERENCES)))
def test_a_guarantee_is_shown_by_a_test_that_exists(file: str, test: str) -> None:
    """A test that was renamed or removed is missed here."""
    assert f"\ndef {test}(" in (ROOT / file).read_text()


def test_every_guarantee_is_shown_by_some_test() -> None:
    """Each row of the table names one, and nothing stands there instead."""
    rows = [line for line in (ROOT / "docs/guarantees.md").read_text().splitlines() if line.startswith("| ")]
    assert len(rows) >= 20
    for row in rows[2:]:
        shown = row.rstrip("| ").rsplit("|", 1)[-1].strip()
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", shown), row


def test_every_metric_is_in_the_table() -> None:
    """As `lambdas.telemetry.metrics` has it: name, unit, dimensions and meaning."""
    text = (ROOT / "docs/telemetry.md").read_text()
    table = text.partition("<!-- metrics -->")[2].partition("<!-- /metrics -->")[0]
    rows = [
        (f"`{metric.title}`", metric.unit.value, _names(("Stage", *metric.dimensions)), metric.meaning)
        for metric in Metric
    ]
    assert table.strip().splitlines()[2:] == [f"| {' | '.join(row)} |" for row in rows]


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
