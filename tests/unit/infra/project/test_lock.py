"""Locking a project's libraries, from a folder of wheels."""

import zipfile
from pathlib import Path

import pytest

from infra.errors import InvalidProject
from infra.project.lock import lock
from infra.project.project import Project

ANYWHERE, ELSEWHERE = "py3-none-any", "cp313-cp313-win32"


def wheel(folder: Path, name: str, version: str, tag: str = ANYWHERE, *, needs: str = "") -> None:
    """Make a wheel that has only metadata."""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as zipped:
        inside = f"{name}-{version}.dist-info"
        zipped.writestr(f"{inside}/METADATA", metadata)
        zipped.writestr(f"{inside}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        zipped.writestr(f"{inside}/RECORD", "")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "good", "1.0")
    wheel(wheels, "native", "1.0", ELSEWHERE)
    wheel(wheels, "wants_native", "1.0", needs="native")
    wheel(wheels, "wants_old", "1.0", needs="boto3<1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    return Project(folder=tmp_path, kinds="tasks")


def test_a_lock_has_hashes(mine: Project) -> None:
    (mine.folder / "requirements.in").write_text("# mine\ngood\n")
    assert lock(mine) == 1
    text = (mine.folder / "requirements.txt").read_text()
    assert text.startswith("# Locked by `faultline lock`")
    assert "good==1.0 \\\n    --hash=sha256:" in text


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (
            "good\nnative\n",
            "2: native has no wheel for Lambda (arm64, Python 3.13), and nothing is compiled here",
        ),
        ("good\n\nwants-native\n", "3: native has no wheel for Lambda (arm64, Python 3.13), and nothing"),
        ("good\nnowhere\n", "2: there is no library nowhere"),
        ("good\nwants-old\n", "2: "),
        ("good\n=bad=\n", "2: "),
    ],
)
def test_what_cannot_be_locked_is_one_line(mine: Project, wanted: str, line: str) -> None:
    """A failed lock is reported with the line of the requirement, and leaves the previous lock unchanged."""
    (mine.folder / "requirements.txt").write_text("as it was")
    (mine.folder / "requirements.in").write_text(wanted)
    with pytest.raises(InvalidProject) as refused:
        lock(mine)
    assert str(refused.value).startswith(f"{mine.folder}/requirements.in:{line}")
    assert "\n" not in str(refused.value)
    assert (mine.folder / "requirements.txt").read_text() == "as it was"
