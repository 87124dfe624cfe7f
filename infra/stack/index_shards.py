"""The number of partitions in the table's indexes, which a deployment may raise but never lower."""

from collections.abc import Mapping
from typing import Any

from infra.errors import InvalidStage
from infra.project.project import FILE
from infra.stages import StageSettings

INDEX_SHARDS = "INDEX_SHARDS"
"""The functions' variable with the number."""


def refuse_fewer_shards(settings: StageSettings, deployed: Mapping[str, Any]) -> None:
    """Refuse a deployment with fewer partitions than the deployed stack has.

    Items keep the partition with which they were written, and functions read only the current ones. Tasks in
    a removed partition would never be released, nor listed.

    Args:
        settings: The stage.
        deployed: The deployed template; one without the variable is replaced by any other.

    Raises:
        InvalidStage: The setting is lower than the deployed number.
    """
    present = max(_deployed_numbers(deployed), default=0)
    if settings.index_shards >= present:
        return
    place = f"{FILE}, under [stages.{settings.name}]" if settings.project else "infra/stages.py"
    raise InvalidStage(
        f"{settings.stack_name} is deployed with index_shards={present}, which cannot be lowered to "
        f"{settings.index_shards}: tasks in the removed partitions would never be released or listed; "
        f"set index_shards to at least {present} in {place}"
    )


def _deployed_numbers(deployed: Mapping[str, Any]) -> list[int]:
    variables = [
        resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        for resource in deployed.get("Resources", {}).values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    return [int(each[INDEX_SHARDS]) for each in variables if INDEX_SHARDS in each]
