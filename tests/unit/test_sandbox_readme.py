"""Modules and tests in the table of corrections in sandbox/README.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SANDBOX = ROOT / "sandbox"
UPSTREAM = ROOT / "tests" / "plugins" / "upstream"

ROW = re.compile(r"^\| (?P<aws>.+) \| .+ \| `(?P<module>\S+\.py)` \| `(?P<file>\w+\.py)::(?P<test>\w+)` \|$")
TEXT = (SANDBOX / "README.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("|") and "`" in line]


@pytest.mark.parametrize("line", ROWS)
def test_a_row_names_what_exists(line: str) -> None:
    row = ROW.match(line)
    assert row, line
    assert (SANDBOX / row["module"]).is_file()
    assert f"def {row['test']}(" in (UPSTREAM / row["file"]).read_text()


def test_every_upstream_test_is_named() -> None:
    """The table of corrections names every test of a fault in LocalStack."""
    tests = {
        name
        for file in UPSTREAM.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(), re.M)
    }
    assert {name for name in tests if name not in TEXT} == set()


def test_every_path_in_the_text_exists() -> None:
    paths = re.findall(r"`((?:services|speed|faults|process|container)/[\w/.]*)`", TEXT)
    assert paths
    assert not [path for path in paths if not (SANDBOX / path).exists()]
