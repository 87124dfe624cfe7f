"""A project's artifact, built by uv from its package, libraries, kinds and lock."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.deploy.packaging import Artifact, build, local_platform
from infra.errors import InvalidProject
from infra.project.lock import lock
from infra.project.lock_origin import head
from infra.project.project import read
from infra.stages import stage
from tests.unit.infra.project.folder import project

NESTED = """
from faultline.work import Category, Context, Payload, RetryPolicy, kind

class Size(Payload):
    width: int

class Resize(Payload):
    size: Size

@kind("image.resize", timeout=7, retry_on={Category.NETWORK: RetryPolicy(maximum_attempts=2)})
def resize(payload: Resize, context: Context) -> None:
    import boto3
    boto3.client("s3")
"""


def built(folder: Path, **modules: str) -> Artifact:
    return build(local_platform(), project=read(project(folder, **modules)))


def test_it_has_the_package_and_knows_its_kinds(tmp_path: Path) -> None:
    artifact = built(tmp_path, nested=NESTED)
    with zipfile.ZipFile(artifact.path) as zipped:
        names = set(zipped.namelist())
    assert {"tasks/__init__.py", "tasks/greet.py", "tasks/nested.py", "faultline/work.py"} <= names
    assert {name for name in names if name.startswith("faultline/")} == {
        "faultline/__init__.py",
        "faultline/work.py",
    }
    assert any(name.startswith("botocore/data/s3/") for name in names)
    assert [kind.name for kind in artifact.kinds] == ["echo", "http.request", "greet", "image.resize"]
    resize = artifact.kinds["image.resize"]
    assert (resize.timeout, resize.maximum_attempts) == (7, 3)

    models = client_document(stage("dev"), resolvers(), None, artifact.kinds)["components"]["schemas"]
    assert models["Resize"]["properties"]["size"] == {"$ref": "#/components/schemas/Size"}
    assert "image.resize" in models["Submission"]["properties"]["type"]["enum"]


def test_what_is_wrong_with_a_kind_is_one_line(tmp_path: Path) -> None:
    """More of what can be wrong is in the unit tests of the inspection."""
    refusal = r"/tasks/bad\.py:1: ModuleNotFoundError: .*'nowhere'; if it is a library, add it"
    with pytest.raises(InvalidProject, match=refusal) as refused:
        built(tmp_path, bad="import nowhere\n")
    assert "\n" not in str(refused.value)


def test_a_lock_that_is_out_of_date_is_noticed(tmp_path: Path) -> None:
    """It is refused if it was made for other requirements, and mentioned if for another Faultline."""
    mine = read(project(tmp_path))
    wanted, locked, given = (
        tmp_path / name for name in ("requirements.in", "requirements.txt", "lambda.txt")
    )
    wanted.write_text("# none\n")
    given.write_text("boto3==1.0\n")
    locked.write_text(head(wanted, given))
    notice = f"{locked} was made for another version of Faultline; run: faultline lock"
    assert build(local_platform(), project=mine).notice == notice
    wanted.write_text("some\n")
    with pytest.raises(InvalidProject, match=r"requirements\.txt: was made for another requirements\.in; "):
        build(local_platform(), project=mine)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder the only package index, with one library as a source archive and one as a wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    with tarfile.open(folder / "source_only-1.0.tar.gz", "w:gz") as archive:
        content = b"Metadata-Version: 2.1\nName: source-only\nVersion: 1.0\n"
        entry = tarfile.TarInfo("source_only-1.0/PKG-INFO")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with zipfile.ZipFile(folder / "with_wheel-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("with_wheel.py", "")
        wheel.writestr(
            "with_wheel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: with-wheel\nVersion: 1.0\n"
        )
        wheel.writestr("with_wheel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("with_wheel-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("UV_DEFAULT_INDEX", folder.as_uri())
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    return folder


def test_a_lock_has_versions_and_hashes(tmp_path: Path, index: Path) -> None:
    mine = read(project(tmp_path / "mine"))
    (mine.folder / "requirements.in").write_text("with-wheel\n")
    assert lock(mine) == 1
    assert mine.lock is not None
    assert "with-wheel==1.0 \\\n    --hash=sha256:" in mine.lock.read_text()


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ("with-wheel\nsource_only\n", r"requirements\.in:2: source-only has no wheel for Lambda \(arm64, "),
        (
            "# mine\nno-such-library-of-ours\n",
            r"requirements\.in:2: there is no library no-such-library-of-ours",
        ),
        ("with wheel\n", r"requirements\.in:1: Couldn't parse"),
    ],
)
def test_a_library_that_cannot_be_locked_is_one_line(
    tmp_path: Path, index: Path, wanted: str, refusal: str
) -> None:
    mine = read(project(tmp_path / "mine"))
    (mine.folder / "requirements.in").write_text(wanted)
    with pytest.raises(InvalidProject, match=refusal) as refused:
        lock(mine)
    assert "\n" not in str(refused.value)
    assert mine.lock is None
