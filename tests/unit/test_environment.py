"""The contents of .venv: Faultline with current libraries, but neither LocalStack nor moto."""

import re
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


def test_localstack_is_elsewhere() -> None:
    """Neither LocalStack nor moto is installed in the product's environment."""
    names = {each.name.lower() for each in distributions()}
    assert not {name for name in names if name.startswith(("localstack", "moto", "plux", "rolo"))}


@pytest.mark.parametrize("name", ["localstack", "moto", "plux", "rolo", "awslambdaric"])
def test_localstack_cannot_be_imported(name: str) -> None:
    assert find_spec(name) is None


def test_the_locks_agree() -> None:
    """The command runs and is tested with the libraries that the functions bundle."""
    functions, command, development = (
        set(re.findall(r"^(\S+==\S+)", (REQUIREMENTS / name).read_text(), re.MULTILINE))
        for name in ("lambda.txt", "command.txt", "dev.txt")
    )
    assert functions <= command <= development
