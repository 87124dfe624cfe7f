"""What the artifact is made of: all of it, under licences that may be bundled, and told alike each time."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from infra.deploy.components import components
from infra.deploy.packaging import Artifact, build, local_platform
from infra.deploy.sbom import sbom
from infra.errors import UnknownLicence

REQUIREMENTS = Path(__file__).parents[3] / "requirements"
MAY_BE_BUNDLED = {"Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "PSF-2.0"}
"""Licences that ask for no more than their text, or a notice, which the artifact has."""


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    """The real one, for this machine."""
    return build(local_platform())


def locked(name: str) -> dict[str, str]:
    """Libraries of a lock, and their versions."""
    text = (REQUIREMENTS / name).read_text()
    pins = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+) ", text, flags=re.MULTILINE)
    return {canonicalize_name(library): version for library, version in pins}


def test_the_bill_has_all_that_is_locked_and_nothing_else(artifact: Artifact) -> None:
    """What is in the zip is what requirements/lambda.txt says, by name and version."""
    assert {each.name: each.version for each in components(artifact)} == locked("lambda.txt")


def test_the_bill_is_valid_and_the_same_each_time(artifact: Artifact) -> None:
    """By CycloneDX's own schema; made twice, it is the same text."""
    bill = sbom(artifact)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    assert bill == sbom(artifact)
    content: dict[str, Any] = json.loads(bill)
    assert content["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": artifact.sha256}]
    assert len(content["components"]) == len(locked("lambda.txt"))


def test_the_bill_says_who_needs_what(artifact: Artifact) -> None:
    """boto3 needs botocore; nothing is needed that is not in the artifact."""
    needs = {each.name: set(each.needs) for each in components(artifact)}
    assert {"botocore", "jmespath", "s3transfer"} <= needs["boto3"]
    assert {name for named in needs.values() for name in named} <= needs.keys()


def test_every_licence_may_be_bundled_and_its_text_is_there(artifact: Artifact) -> None:
    """A choice of licences counts as one if one of them may be."""
    with zipfile.ZipFile(artifact.path) as zipped:
        for each in components(artifact):
            assert MAY_BE_BUNDLED & set(each.licence.split(" OR ")), each
            assert each.texts, f"{each.name} has no licence's text"
            assert all(zipped.read(text).strip() for text in each.texts)


def test_a_licence_that_is_not_understood_is_told(tmp_path: Path) -> None:
    """Rather than a bill with a gap."""
    path = tmp_path / "artifact.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("odd-1.dist-info/METADATA", "Name: odd\nVersion: 1\nLicense: Mine\n")
    with pytest.raises(UnknownLicence, match="odd says of its licence 'Mine'"):
        components(Artifact(path=path, sha256="0" * 64))


@pytest.mark.parametrize("lock", sorted(path.name for path in REQUIREMENTS.glob("*.txt")))
def test_every_library_is_locked_by_its_hash(lock: str) -> None:
    """Each pin has hashes, none comes from an address, and no index is named."""
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
    ["Dockerfile", "scripts/setup", "infra/deploy/packaging.py", "benchmarks/emulators/ministack.py"],
)
def test_every_installation_checks_hashes(path: str) -> None:
    """The artifact's, the set-up's, the image's and the benchmark's; this project itself has none."""
    text = (REQUIREMENTS.parent / path).read_text()
    installs = len(re.findall(r'pip install|"pip", "install"', text)) - text.count("--editable .")
    assert installs == text.count("--require-hashes") > 0
