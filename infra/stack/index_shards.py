"""The number of partitions in the table's indexes, which a deployment may raise but never lower."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.errors import DeploymentFailed, InvalidStage
from infra.project.stage_settings import place_of
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
    raise InvalidStage(
        f"{settings.stack_name} is deployed with index_shards={present}, which cannot be lowered to "
        f"{settings.index_shards}: tasks in the removed partitions would never be released or listed; "
        f"set index_shards to at least {present} in {place_of(settings)}"
    )


@contextmanager
def telling_of_new_shards(
    settings: StageSettings, deployed: Mapping[str, Any], notice: Callable[[str], None]
) -> Iterator[None]:
    """Say what to do if the change made in the block, which raises the number of partitions, fails.

    Until its rollback, functions may write tasks to the new partitions, which the former ones do not read.

    Args:
        settings: The stage.
        deployed: The deployed template.
        notice: Called with the advice.

    Raises:
        DeploymentFailed: As the block does.
    """
    try:
        yield
    except DeploymentFailed:
        if 0 < (present := max(_deployed_numbers(deployed), default=0)) < settings.index_shards:
            notice(
                f"index_shards was being raised from {present} to {settings.index_shards}: tasks accepted "
                "meanwhile may be in the new partitions, where nothing finds them until the raise is "
                "deployed again, even if without the other changes"
            )
        raise


def _deployed_numbers(deployed: Mapping[str, Any]) -> list[int]:
    variables = [
        resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        for resource in deployed.get("Resources", {}).values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    return [int(each[INDEX_SHARDS]) for each in variables if INDEX_SHARDS in each]
