"""A boto3 session in the sandbox, and small artifacts for tests that invoke no function."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from infra.deploy.packaging import Artifact
from sandbox.process.state_file import Sandbox

MakeArtifact = Callable[[str], Artifact]
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


@pytest.fixture
def session(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    return boto3.Session("test", "test", region_name="us-east-1")


@pytest.fixture
def artifact(tmp_path: Path) -> MakeArtifact:
    """Return a factory of artifacts that contain a given text."""

    def make(text: str) -> Artifact:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as zipped:
            zipped.writestr(zipfile.ZipInfo("lambdas/__init__.py"), f"# {text}\n")
        return saved(tmp_path, content.getvalue())

    return make


@pytest.fixture
def broken_artifact(tmp_path: Path) -> Artifact:
    """Make an artifact that Lambda refuses."""
    return saved(tmp_path, b"this is no zip")


def saved(folder: Path, content: bytes) -> Artifact:
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.zip"
    path.write_bytes(content)
    return Artifact(path=path, sha256=sha256)
