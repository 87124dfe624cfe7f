"""Locking a project's libraries, from a folder of wheels."""

import zipfile
from pathlib import Path

import pytest

from infra.deploy.packaging import default_lock
from infra.errors import InvalidProject
from infra.project.lock import lock, lock_for_tests, names
from infra.project.lock_origin import check_lock, head
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
    wheel(wheels, "for_tests", "1.0", needs="good")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    return Project(folder=tmp_path, kinds="tasks")


def test_a_lock_has_hashes(mine: Project) -> None:
    (mine.folder / "requirements.in").write_text("# mine\ngood\n")
    assert lock(mine) == 1
    text = (mine.folder / "requirements.txt").read_text()
    assert text.startswith("# Locked by `faultline lock`")
    assert check_lock(mine, default_lock()) == ""
    assert text.startswith(head(mine.folder / "requirements.in", default_lock()))
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
        ("good\nFaultline\n", "2: faultline is in every function anyway; remove the line"),
        ("lambdas==1\n", "1: lambdas is in every function anyway; remove the line"),
        ("# mine\nTasks>=1\n", "2: tasks is the name of your own package, which would hide the library"),
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


def test_a_lock_keeps_its_versions_until_it_is_upgraded(mine: Project) -> None:
    locked = mine.folder / "requirements.txt"
    wheel(mine.folder / "wheels", "good", "1.1")
    (mine.folder / "requirements.in").write_text("good\n")
    locked.write_text("good==1.0 \\\n    --hash=sha256:0\n    # via you\n")
    lock(mine)
    assert "good==1.0 \\\n    --hash=sha256:" in locked.read_text()
    assert "sha256:0\n" not in locked.read_text()
    lock(mine, upgrade=True)
    assert "good==1.1 \\\n    --hash=sha256:" in locked.read_text()


def test_the_libraries_of_tests_have_a_lock_of_their_own(mine: Project) -> None:
    """It has neither the functions' libraries nor the project's, and keeps its versions, too."""
    assert lock_for_tests(mine) is None
    locked = mine.folder / "requirements-dev.txt"
    wheel(mine.folder / "wheels", "for_tests", "1.1", needs="good")
    (mine.folder / "requirements-dev.in").write_text("for-tests\n")
    (mine.folder / "requirements.txt").write_text("good==1.0\n")
    locked.write_text("for-tests==1.0\n")
    assert lock_for_tests(mine) == 1
    assert names(locked) == ["for-tests"]
    assert "for-tests==1.0 \\\n    --hash=sha256:" in locked.read_text()


def test_a_lock_is_for_what_it_was_made_of(mine: Project) -> None:
    """A lock is refused once requirements.in has changed, but not for a comment."""
    given, wanted, locked = default_lock(), mine.folder / "requirements.in", mine.folder / "requirements.txt"
    assert check_lock(mine, given) == ""
    wanted.write_text("# none\n")
    assert check_lock(mine, given) == ""
    wanted.write_text("good\n")
    with pytest.raises(InvalidProject) as refused:
        check_lock(mine, given)
    advice = "run: faultline lock"
    assert str(refused.value) == f"{locked}: is missing, and requirements.in lists libraries; {advice}"
    locked.write_text(head(wanted, given) + "good==1.0\n")
    assert check_lock(mine, given) == ""
    wanted.write_text("good  # it is\n\n# really\n")
    assert check_lock(mine, given) == ""
    wanted.write_text("good>=1\n")
    with pytest.raises(InvalidProject) as refused:
        check_lock(mine, given)
    assert str(refused.value) == f"{locked}: was made for another requirements.in; {advice}"
    locked.write_text("good==1.0\n")
    assert check_lock(mine, given) == ""  # made by other means


def test_a_lock_may_be_for_another_version_of_faultline(mine: Project) -> None:
    """A notice says so; only if the functions' libraries now include one of the lock is the lock refused."""
    wanted, locked = mine.folder / "requirements.in", mine.folder / "requirements.txt"
    wanted.write_text("good\n")
    locked.write_text(head(wanted, default_lock()) + "good==1.0 \\\n    --hash=sha256:0\n")
    other = mine.folder / "lambda.txt"
    other.write_text("boto3==1.0\ngood==1.0\n")
    notice = f"{locked} was made for another version of Faultline; run: faultline lock"
    assert check_lock(mine, other) == notice
    other.write_text("boto3==1.0\ngood==1.1\n")
    with pytest.raises(InvalidProject) as refused:
        check_lock(mine, other)
    reason = "has good 1.0, but this version of Faultline 1.1; run: faultline lock"
    assert str(refused.value) == f"{locked}: {reason}"
