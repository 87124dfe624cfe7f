"""Place of a task among the tasks of its ordering key that have not ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from faultline.console import formatting

_MOST = 100
"""Size of the page to read, which is the API's maximum."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_IN_THE_LANE = ("PENDING", "QUEUED", "PROCESSING", "RETRYING", "PARKED")
"""States of tasks that block later ones; a scheduled task only takes its place when it is due."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Place of a task in its ordering key.

    Attributes:
        ahead: Number of earlier tasks that have not ended.
        is_least: Whether `ahead` is only a lower bound.
    """

    ahead: int
    is_least: bool = False

    @classmethod
    def of(cls, task: Mapping[str, Any], page: Mapping[str, Any]) -> Self | None:
        """Determine the place of a task.

        Args:
            task: The task.
            page: Response to `turn_query`: the task, and earlier ones of its ordering key.

        Returns:
            The place; None if the page does not show it. The task may be missing from the page, or the tasks
            may not be in the order of submission: one was scheduled, redriven or submitted at the same time.
        """
        tasks = page["tasks"]
        ids = [each["taskId"] for each in tasks]
        if task["taskId"] not in ids:
            return None
        if any(each.get("generation") or "runAt" in each for each in tasks):
            return None
        if [each["submittedAt"] for each in tasks].count(task["submittedAt"]) > 1:
            return None
        return cls(ahead=len(ids) - ids.index(task["taskId"]) - 1, is_least="nextToken" in page)

    def words(self, key: str) -> str:
        """Return the text that follows "Waits for its turn".

        >>> Turn(ahead=2).words("k"), Turn(ahead=20).words("k")
        (', third in key k', ' in key k, after 20 others')
        >>> Turn(ahead=99, is_least=True).words("k")
        ' in key k, after at least 99 others'
        """
        if self.is_least:
            return f" in key {key}, after at least {self.ahead} others"
        if self.ahead < len(_ORDINALS):
            return f", {_ORDINALS[self.ahead]} in key {key}"
        return f" in key {key}, after {self.ahead} others"


def turn_query(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of `GET /tasks` that list a task and the tasks ahead of it in its lane."""
    # The tasks of a batch may have the same submission time.
    end = formatting.moment(task["submittedAt"]) + timedelta(milliseconds=1)
    return {
        "orderingKey": task["orderingKey"],
        "status": list(_IN_THE_LANE),
        "submittedBefore": end.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "limit": _MOST,
    }


def waits_for_turn(task: Mapping[str, Any]) -> bool:
    """Return whether a task waits for earlier ones of its ordering key."""
    return bool(task["status"] == "PARKED" and task["history"][-1].get("waitsFor") == "TURN")
