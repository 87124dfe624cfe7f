"""The ordered list of everything that the sandbox installs in LocalStack."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from sandbox.plugins import CORRECTNESS, ORDER, PROVIDER, SPEED, selected

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("entry", ORDER, ids=lambda entry: entry.name)
def test_every_function_exists(entry: object) -> None:
    """Every function that an entry names exists; names are resolved only when LocalStack starts."""
    paths = [value for name, value in vars(entry).items() if name.startswith("on_") and value]
    for path in paths:
        module, _, function = path.partition(":")
        assert callable(getattr(import_module(f"sandbox.{module}"), function))


def test_every_name_is_unique() -> None:
    assert len({entry.name for entry in ORDER}) == len(ORDER)


def test_every_provider_is_selected() -> None:
    """The providers in sandbox/pyproject.toml are those in the ordered list."""
    points = tomllib.loads((ROOT / "sandbox" / "pyproject.toml").read_text())["project"]["entry-points"]
    expected = {f"{entry.provider}:{PROVIDER}" for entry in ORDER if entry.provider}
    assert set(points["localstack.aws.provider"]) == expected


def test_all_entries_are_installed_by_default() -> None:
    assert selected({}) == list(ORDER)
    assert selected({"SANDBOX_SPEED": "1"}) == list(ORDER)


def test_speed_can_be_left_out() -> None:
    found = selected({"SANDBOX_SPEED": "0"})
    assert not {entry.name for entry in SPEED} & {entry.name for entry in found}
    assert len(found) == len(ORDER) - len(SPEED)
    assert {entry.name for entry in CORRECTNESS} <= {entry.name for entry in found}


def test_entries_can_be_chosen() -> None:
    """Selected entries keep the order of the list."""
    assert [entry.name for entry in selected({"SANDBOX_PLUGINS": "s3, prompt_exit"})] == ["prompt_exit", "s3"]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"SANDBOX_PLUGINS: there is no entry named moon$"):
        selected({"SANDBOX_PLUGINS": "s3,moon"})
