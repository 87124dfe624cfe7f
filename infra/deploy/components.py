"""What the functions' artifact bundles, read from itself: each library's version, licence and needs.

Core metadata: https://packaging.python.org/en/latest/specifications/core-metadata/
"""

import email
import zipfile
from dataclasses import dataclass
from email.message import Message

from license_expression import get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.deploy.packaging import Artifact
from infra.errors import UnknownLicence

_OTHER_NAMES = {"Apache License 2.0": "Apache-2.0", "Apache 2.0": "Apache-2.0", "MIT": "MIT"}
"""Licences as libraries name them that do not name them as SPDX does."""
_SAID_ELSEWHERE = {
    # Its metadata says "Dual License"; its LICENSE which two.
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
}


@dataclass(frozen=True, kw_only=True)
class Component:
    """A library in an artifact.

    Attributes:
        licence: an SPDX expression.
        texts: the licence's texts, and notices, as they lie in the artifact.
        needs: names of the libraries that it requires.
    """

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]
    needs: tuple[str, ...]


def components(artifact: Artifact) -> list[Component]:
    """What an artifact bundles, by name. Raises UnknownLicence."""
    with zipfile.ZipFile(artifact.path) as zipped:
        names = zipped.namelist()
        found = [
            _component(email.message_from_bytes(zipped.read(name)), name.rpartition("/")[0], names)
            for name in names
            if name.endswith(".dist-info/METADATA")
        ]
    return sorted(found, key=lambda each: each.name)


def _component(metadata: Message, folder: str, names: list[str]) -> Component:
    name = canonicalize_name(metadata["Name"])
    requirements = map(Requirement, metadata.get_all("Requires-Dist", []))
    return Component(
        name=name,
        version=metadata["Version"],
        licence=_licence(name, metadata),
        texts=tuple(each for each in names if each.startswith(f"{folder}/") and _is_licence(each)),
        needs=tuple(
            sorted(
                {
                    canonicalize_name(each.name)
                    for each in requirements
                    if each.marker is None or each.marker.evaluate({"extra": ""})
                }
            )
        ),
    )


def _licence(name: str, metadata: Message) -> str:
    said = metadata["License-Expression"] or metadata["License"] or _classified(metadata)
    licence = _SAID_ELSEWHERE.get(name) or _OTHER_NAMES.get(said, said)
    if not licence or get_spdx_licensing().validate(licence).errors:
        raise UnknownLicence(f"{name} says of its licence {said[:40]!r}, which is no SPDX expression")
    return licence


def _classified(metadata: Message) -> str:
    """`License :: OSI Approved :: MIT License` -> `MIT`."""
    last = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if "License" in each]
    return last[0].removesuffix(" License") if last else ""


def _is_licence(path: str) -> bool:
    file = path.rpartition("/")[2].upper()
    return file.startswith(("LICENSE", "LICENCE", "NOTICE", "COPYING"))
