"""Finding the dead letters of a group: those of the same category, type and reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faultline.client.api import ApiClient
from faultline.operations.errors import OperationFailed
from infra.stages import StageSettings
from lambdas.domain.error_grouping import generalised
from lambdas.domain.private_fields import PrivateFields
from lambdas.telemetry.masking import Masking

_PAGE_SIZE = 100
_MAX_PAGES = 100
"""The most pages that are read to find a group's members."""


@dataclass(frozen=True, kw_only=True)
class Members:
    """Dead letters of a group.

    Attributes:
        more: Whether there may be others, which were not looked for.
    """

    task_ids: list[str]
    more: bool


def members(
    api: ApiClient, settings: StageSettings, group: Mapping[str, Any], *, limit: int = 500
) -> Members:
    """Find the dead letters of a group, the newest first.

    Args:
        api: The API.
        settings: The stage, whose private fields the reasons do not have.
        group: `{category, type, reason}`, as the report and the statistics have it.
        limit: How many to find at most.

    Raises:
        OperationFailed: If the API answers with an error.
        ApiUnreachable: If it does not answer.
    """
    masking = Masking(PrivateFields.of(settings.masked_fields))
    found: list[str] = []
    query: dict[str, Any] = {
        "status": "DEAD_LETTERED",
        "category": group["category"],
        "limit": _PAGE_SIZE,
    }
    for _ in range(_MAX_PAGES):
        answer = api.tasks(**query)
        if not answer.ok:
            raise OperationFailed(answer.problem())
        for task in answer.body["tasks"]:
            error = task["error"]
            if error["type"] == group["type"] and group["reason"] == generalised(
                masking.masked(error["message"])
            ):
                found.append(task["taskId"])
        if len(found) > limit:
            return Members(task_ids=found[:limit], more=True)
        if "nextToken" not in answer.body:
            return Members(task_ids=found, more=False)
        query["nextToken"] = answer.body["nextToken"]
    return Members(task_ids=found, more=True)
