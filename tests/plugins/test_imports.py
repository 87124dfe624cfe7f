"""Independence of the plug-ins from our code outside `sandbox/`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_THE_PRODUCT = ("container/",)
"""The parts of the package that run in .venv and may import its libraries."""

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "sandbox").rglob("*.py"))
    if not str(path.relative_to(ROOT / "sandbox")).startswith(OF_THE_PRODUCT)
]

_PROGRAM = """
import importlib, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("infra", "lambdas", "faultline", "scripts"):
            raise ImportError(f"a plug-in imports {name}")

sys.meta_path.insert(0, Blocked())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_every_plug_in_is_imported_without_the_product() -> None:
    assert "sandbox.plugins" in MODULES
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, *MODULES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["infra", "lambdas", "scripts"])
def test_the_product_is_blocked_in_that(name: str) -> None:
    command = [sys.executable, "-c", _PROGRAM, name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert f"a plug-in imports {name}" in done.stderr
