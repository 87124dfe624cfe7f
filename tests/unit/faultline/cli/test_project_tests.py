"""`faultline test` in a project, with the libraries of its functions and those that only its tests import."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from faultline.cli.test import test as run_tests
from infra.errors import InvalidProject
from tests.unit.infra.project.folder import project
from tests.unit.infra.project.test_lock import wheel

pytestmark = pytest.mark.usefixtures("few_pytest_plugins")

TEST = """
import boto3
import for_tests
import good


def test_the_account_is_out_of_reach() -> None:
    found = boto3.Session().get_credentials()
    assert (found.access_key, found.token) == ("test", None)
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the current folder a project with a library, another for its tests, and a test that needs both."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    folder = project(tmp_path / "mine")
    for name, lock in (("good", "requirements"), ("for_tests", "requirements-dev")):
        wheel(wheels, name, "1.0")
        built = wheels / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(built, "a") as zipped:
            zipped.writestr(f"{name}.py", "")
        digest = hashlib.sha256(built.read_bytes()).hexdigest()
        (folder / f"{lock}.in").write_text(f"{name}\n")
        (folder / f"{lock}.txt").write_text(f"{name}==1.0 --hash=sha256:{digest}\n")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_libraries.py").write_text(TEST)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {"PROFILE": "prod", "ACCESS_KEY_ID": "real", "SESSION_TOKEN": "real"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return folder


def ran(*words: str) -> tuple[int, str]:
    """Run `faultline test` in the current folder; return its exit status and output."""
    program = "from faultline.cli.main import main; main()"
    command = [sys.executable, "-c", program, "test", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_tests_have_their_libraries_and_no_account(mine: Path) -> None:
    status, printed = ran("-q")
    assert status == 0, printed


def test_a_lock_that_is_out_of_date_is_refused(mine: Path) -> None:
    (mine / "requirements-dev.txt").unlink()
    with pytest.raises(InvalidProject, match=r"requirements-dev\.txt: is missing, and requirements-dev\.in "):
        run_tests([])


@pytest.mark.parametrize("own", [False, True])
def test_pytest_takes_nothing_from_a_folder_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """A project in a checkout, such as Faultline's, is tested with its own settings, or with none."""
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-p no:faultline"\n')
    (tmp_path / "conftest.py").write_text('print("taken from above")\n')
    folder = project(tmp_path / "mine")
    table = "[tool.pytest.ini_options]" if own else "[tool.other]"
    (folder / "pyproject.toml").write_text(f'{table}\npython_functions = "checks"\n')
    (folder / "test_mine.py").write_text("def test_fixture(sandbox): pass\ndef checks(sandbox): pass\n")
    monkeypatch.chdir(folder)
    _, printed = ran("--setup-plan")  # without a sandbox
    assert f"test_mine.py::{'checks' if own else 'test_fixture'} (fixtures used: sandbox" in printed
    assert "collected 1 item" in printed
    assert "taken from above" not in printed
