"""The artifact's bill of materials, in CycloneDX 1.6: what is in it, under which licence, and who needs it.

The same artifact has the same bill: its serial number is made from the artifact's digest, and its time is
that of the artifact's files. https://cyclonedx.org/docs/1.6/json/
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as Described
from cyclonedx.model.component import ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.deploy.components import Component, components
from infra.deploy.packaging import Artifact

_NAME = "faultline-functions"


def sbom(artifact: Artifact) -> str:
    """The bill of an artifact, as JSON. Raises UnknownLicence."""
    bundled = components(artifact)
    root = Described(
        name=_NAME,
        version=artifact.sha256[:12],
        type=ComponentType.APPLICATION,
        bom_ref=_NAME,
        licenses=[LicenseExpression("Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=artifact.sha256)],
    )
    described = {each.name: _described(each) for each in bundled}
    bom = Bom(
        components=described.values(),
        serial_number=uuid5(NAMESPACE_URL, f"urn:sha256:{artifact.sha256}"),
        dependencies=[
            Dependency(root.bom_ref, [Dependency(each.bom_ref) for each in described.values()]),
            *(
                Dependency(
                    described[each.name].bom_ref,
                    [Dependency(described[name].bom_ref) for name in each.needs if name in described],
                )
                for each in bundled
            ),
        ],
    )
    bom.metadata.component = root
    bom.metadata.timestamp = datetime(1980, 1, 1, tzinfo=UTC)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _described(component: Component) -> Described:
    licence = component.licence
    compound = " " in licence
    url = PackageURL("pypi", name=component.name, version=component.version)
    return Described(
        name=component.name,
        version=component.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        licenses=[LicenseExpression(licence) if compound else DisjunctiveLicense(id=licence)],
    )
