"""Projects made by `faultline init`; tests/sandbox/test_project.py runs one from end to end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from faultline.cli.command_failure import CommandFailed
from faultline.cli.init import STARTER, init
from faultline.cli.test import test as run_tests
from infra.project.project import read
from infra.stages import STAGES, stage
from lambdas.work.registry import MARGIN_SECONDS

COMMAND = (sys.executable, "-c", "from faultline.cli.main import main; main()")


@pytest.mark.usefixtures("few_pytest_plugins")
def test_a_new_project_is_whole_and_its_unit_test_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(tmp_path / "mine")
    made = read(tmp_path / "mine")
    assert made.kinds == "tasks"
    names = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert {".gitignore", ".github/workflows/tests.yml", "README.md", "requirements.in"} <= names
    # Paths are relative to the current folder, as in pytest.
    command = [*COMMAND, "test", "-q", "test_greet.py"]
    done = subprocess.run(command, cwd=made.folder / "tests", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    # Its kind, which may take 20 s, suits each stage.
    monkeypatch.chdir(made.folder)
    assert min(stage(name).process_timeout_seconds for name in STAGES) >= 20 + 2 * MARGIN_SECONDS


def test_what_is_there_already_is_never_overwritten(tmp_path: Path) -> None:
    """A clone without files may become a project; one with a file of a project's name is left alone."""
    (tmp_path / "README.md").touch()
    with pytest.raises(CommandFailed, match=rf"^{tmp_path}/README\.md exists, so nothing was written; "):
        init(tmp_path)
    with pytest.raises(CommandFailed, match=r"README\.md is not a folder$"):
        init(tmp_path / "README.md")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]

    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / "LICENSE").touch()
    init(clone)
    assert read(clone).kinds == "tasks"


def test_the_next_commands_can_be_pasted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder's name may contain spaces, or any other character."""
    folder = tmp_path / "my $tasks"
    init(folder)
    _, _, command = capfd.readouterr().err.partition("next: ")
    done = subprocess.run(
        ["bash", "-c", f"{command.partition(' && ')[0]} && pwd"], capture_output=True, text=True
    )
    assert done.stdout == f"{folder}\n"


def test_without_pytest_the_advice_needs_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environments of uv and pipx have no pip, so pytest is installed into them by uv."""
    init(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(CommandFailed, match=rf"uv pip install --python {sys.executable} pytest, or install"):
        run_tests()


def test_the_workflow_takes_one_version_of_faultline(tmp_path: Path) -> None:
    """It runs the version of a tag or a commit, however far the repository has moved on."""
    workflow = (STARTER / "dot-github" / "workflows" / "tests.yml").read_text()
    [step] = re.findall(r"(?m)^ {6}- run: \|\n((?: {10}.*\n)+)", workflow)
    source = tmp_path / "source"
    (source / "scripts").mkdir(parents=True)
    git = ["git", "-C", str(source), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for version in ("v1", "v2", "v3"):
        (source / "scripts" / "setup").write_text(f"#!/bin/sh\necho {version}\n")
        (source / "scripts" / "setup").chmod(0o755)
        subprocess.run([*git, "add", "scripts"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", version], check=True)
        subprocess.run([*git, "tag", version], check=True)
    second = subprocess.run(
        [*git, "rev-parse", "v2"], check=True, capture_output=True, text=True
    ).stdout.strip()

    def run(reference: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / (reference or "none") / "mine"
        folder.mkdir(parents=True)
        return subprocess.run(
            ["bash", "-e", "-c", step],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "FAULTLINE": str(source), "FAULTLINE_REF": reference},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("v1").stdout == "v1\n"
    assert run(second).stdout == "v2\n"
    assert "FAULTLINE_REF: must be a tag or commit of Faultline" in run("").stderr
