"""Projects made by `faultline init`; tests/sandbox/test_project.py runs one from end to end."""

import subprocess
import sys
from pathlib import Path

import pytest

from faultline.cli.command_failure import CommandFailed
from faultline.cli.init import init
from infra.project.project import read


def test_a_new_project_is_whole_and_its_unit_test_passes(tmp_path: Path) -> None:
    init(tmp_path / "mine")
    made = read(tmp_path / "mine")
    assert made.kinds == "tasks"
    names = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert {".gitignore", ".github/workflows/tests.yml", "README.md", "requirements.in"} <= names
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_greet.py"]
    done = subprocess.run(command, cwd=made.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(CommandFailed, match="is not empty"):
        init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
