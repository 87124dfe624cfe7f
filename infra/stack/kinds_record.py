"""Record of the deployed kinds of work in a stack's template, so that none is removed by accident.

CloudFormation does not update a stack for a change of this metadata alone, and does not need to: other kinds
are other code.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html
"""

from collections.abc import Mapping
from typing import Any

from infra.errors import KindsMissing
from infra.project.project import FILE
from infra.stages import StageSettings
from lambdas.work.registry import Registry

_KEY = "Faultline"


def kinds_record(settings: StageSettings, kinds: Registry) -> dict[str, Any]:
    """Return a template's metadata: the names of its kinds of work, and of the folder of their project."""
    project = {"Project": settings.project.folder.name} if settings.project else {}
    return {_KEY: {"Kinds": sorted(kind.name for kind in kinds), **project}}


def recorded_kinds(deployed: Mapping[str, Any]) -> list[str]:
    """Return the names of the kinds of work in a deployed template; none if it has no record."""
    return list(deployed.get("Metadata", {}).get(_KEY, {}).get("Kinds", ()))


def refuse_removal(settings: StageSettings, kinds: Registry, deployed: Mapping[str, Any]) -> None:
    """Refuse a deployment that lacks kinds of work of the deployed stack.

    Args:
        settings: The stage.
        kinds: The kinds of work to deploy.
        deployed: The deployed template; one without a record is replaced by any other.

    Raises:
        KindsMissing: Some kinds are missing.
    """
    missing = sorted({*recorded_kinds(deployed)} - {kind.name for kind in kinds})
    if not missing:
        return
    record = deployed["Metadata"][_KEY]
    origin = f" (deployed by the project {record['Project']})" if "Project" in record else ""
    here = settings.project
    reason = f"they are not in {here.package}" if here else f"there is no {FILE} here or above"
    raise KindsMissing(
        f"{settings.stack_name} would lose the kinds of work {', '.join(missing)}{origin}: {reason}; "
        "to remove them, after which their tasks become dead letters, add --remove-kinds"
    )
