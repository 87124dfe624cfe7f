"""Hashes of installed libraries, and the artifact's libraries and licences."""

import re
import zipfile
from pathlib import Path

import pytest

from infra.deploy.packaging import build, local_platform

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LICENCE = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)


def test_the_artifact_bundles_the_lock_with_its_licences() -> None:
    """The artifact has exactly the locked libraries, each with the text of its licence."""
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+) ", (REQUIREMENTS / "lambda.txt").read_text(), re.M
    )
    with zipfile.ZipFile(build(local_platform()).path) as zipped:
        paths = [name.split("/") for name in zipped.namelist() if ".dist-info/" in name]
    found = {folder.lower().replace("_", "-") for folder, *_ in paths}
    assert found == {f"{name}-{version}.dist-info".lower().replace("_", "-") for name, version in pins}
    licensed = {folder for folder, *rest in paths if LICENCE.search("/".join(rest))}
    assert licensed == {folder for folder, *_ in paths}


@pytest.mark.parametrize("lock", sorted(path.name for path in REQUIREMENTS.glob("*.txt")))
def test_every_library_is_locked_by_its_hash(lock: str) -> None:
    """Each pin has hashes, none has a URL, and no index is named."""
    text = (REQUIREMENTS / lock).read_text()
    pins = [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip() and not entry.startswith("#")]
    assert pins
    for pin in pins:
        first, *hashes = pin.strip().splitlines()
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==\S+ \\", first), first
        assert hashes, first
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", each) for each in hashes), pin
    assert "://" not in text


@pytest.mark.parametrize(
    "path",
    ["Dockerfile", "scripts/setup", "infra/deploy/installation.py", "benchmarks/emulators/ministack.py"],
)
def test_every_installation_checks_hashes(path: str) -> None:
    """Every installation requires hashes, except for that of this project itself."""
    text = (REQUIREMENTS.parent / path).read_text()
    installs = len(re.findall(r'pip install|"pip", "install"', text)) - text.count("--editable .")
    assert installs == text.count("--require-hashes") > 0
