"""Configuration of the emulators in the benchmark."""

import re
from pathlib import Path

from benchmarks.emulators import EMULATORS
from benchmarks.emulators.plain import KEPT

ROOT = Path(__file__).parents[3]


def test_plain_localstack_keeps_entries_that_exist() -> None:
    """Every plug-in that plain LocalStack keeps exists, as LocalStack does not start with an unknown one."""
    plugins = (ROOT / "sandbox" / "plugins.py").read_text()
    assert set(KEPT) <= set(re.findall(r'\bname="(\w+)"', plugins))


def test_ministack_is_the_one_that_is_locked() -> None:
    """The MiniStack version in the results is the locked one."""
    lock = (ROOT / "requirements" / "bench.txt").read_text()
    assert f"\nministack=={EMULATORS['ministack'].version} " in lock


def test_plain_localstack_is_the_one_that_is_locked() -> None:
    lock = (ROOT / "requirements" / "sandbox.txt").read_text()
    assert f"\nlocalstack-core=={EMULATORS['plain'].version} " in lock
