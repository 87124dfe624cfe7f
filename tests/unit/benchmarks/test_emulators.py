"""How the emulators are set up."""

import tomllib
from pathlib import Path

from benchmarks.emulators import EMULATORS
from benchmarks.emulators.plain_localstack import LEFT_OUT

ROOT = Path(__file__).parents[3]
NEEDED = {"listen_where_told", "leave_memory_alone"}


def test_plain_localstack_does_without_every_correction() -> None:
    """A plug-in that is new is either named there, or is needed to run at all."""
    points = tomllib.loads((ROOT / "sandbox" / "pyproject.toml").read_text())["project"]["entry-points"]
    hooks = {name for group, names in points.items() if ".hooks." in group for name in names}
    assert hooks == {*LEFT_OUT, *NEEDED}


def test_ministack_is_the_one_that_is_locked() -> None:
    """What the results say was measured is what is installed."""
    lock = (ROOT / "requirements" / "bench.txt").read_text()
    assert f"\nministack=={EMULATORS['ministack'].version} " in lock


def test_plain_localstack_is_the_one_that_is_locked() -> None:
    lock = (ROOT / "requirements" / "sandbox.txt").read_text()
    assert f"\nlocalstack-core=={EMULATORS['plain'].version} " in lock
