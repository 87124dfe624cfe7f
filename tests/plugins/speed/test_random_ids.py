"""Random ids without system calls."""

import subprocess
import sys

SHOW = """
import uuid
from sandbox.speed import random_ids
random_ids.install()
for _ in range(100):
    made = uuid.uuid4()
    print(made, made.version, made.variant, sep="|")
"""


def ids() -> list[tuple[str, ...]]:
    """Return a hundred ids of a new process, each with its version and variant."""
    shown = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True).stdout
    return [tuple(line.split("|")) for line in shown.splitlines()]


def test_ids_differ_within_and_between_processes() -> None:
    """All ids are different, and of the version that `uuid.uuid4` promises."""
    made = [*ids(), *ids()]
    assert len({id for id, _, _ in made}) == 200
    assert {(version, variant) for _, version, variant in made} == {("4", "specified in RFC 4122")}
