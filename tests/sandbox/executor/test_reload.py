"""Hot reload: the next invocation runs the saved code."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.sandbox.executor.localstack import LocalStack

DEPLOYED = "def handler(*_): return 'as it was deployed'"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the module that functions run in place of the deployed one."""
    return tmp_path_factory.mktemp("edited") / "app.py"


@pytest.fixture(scope="module")
def reloading(tmp_path_factory: pytest.TempPathFactory, module: Path) -> Iterator[LocalStack]:
    localstack = LocalStack(tmp_path_factory.mktemp("localstack"), FAULTLINE_RELOAD=str(module))
    try:
        localstack.wait()
        yield localstack
    finally:
        localstack.kill()


def save(module: Path, text: str) -> None:
    module.write_text(dedent(text))


def test_what_is_saved_is_run_next(reloading: LocalStack, module: Path) -> None:
    """Saved code runs at the next invocation, even after changes in quick succession."""
    save(module, "def handler(*_): return 0")
    name = reloading.deploy(DEPLOYED)
    assert reloading.invoke(name).payload == 0
    for number in range(1, 4):
        save(module, f"def handler(*_): return {number}")
        assert reloading.invoke(name).payload == number


def test_what_does_not_change_is_not_started_again(reloading: LocalStack, module: Path) -> None:
    """Without a change, the next invocation uses the same process."""
    save(module, "import os\ndef handler(*_): return os.getpid()")
    name = reloading.deploy(DEPLOYED)
    assert reloading.invoke(name).payload == reloading.invoke(name).payload


def test_what_is_broken_says_so_until_it_is_mended(reloading: LocalStack, module: Path) -> None:
    """A module that does not compile fails the invocation, as on AWS, until it is fixed."""
    save(module, "def handler(*_): return 'well'")
    name = reloading.deploy(DEPLOYED)
    assert reloading.invoke(name).payload == "well"
    save(module, "def handler(")
    broken = reloading.invoke(name)
    assert broken.error
    assert "SyntaxError" in str(broken.payload)
    save(module, "def handler(*_): return 'well again'")
    assert reloading.invoke(name).payload == "well again"


def test_nothing_is_left_beside_the_source(reloading: LocalStack, module: Path) -> None:
    """Functions write no bytecode into the source folder."""
    save(module, "def handler(*_): return 1")
    assert reloading.invoke(reloading.deploy(DEPLOYED)).payload == 1
    assert list(module.parent.iterdir()) == [module]
