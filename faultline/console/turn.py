"""The place of a task among those of its ordering key that have not ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from faultline.console import words

_MOST = 100
"""The largest page of the API; no more than one is read."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_IN_THE_LANE = ("PENDING", "QUEUED", "PROCESSING", "RETRYING", "PARKED")
"""The states of tasks that hold up those behind them: a scheduled task takes its place when it is due."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A place in an ordering key.

    Attributes:
        ahead: How many tasks come before.
        is_least: Whether there may be more of them.
    """

    ahead: int
    is_least: bool = False

    @classmethod
    def of(cls, task: Mapping[str, Any], page: Mapping[str, Any]) -> Self | None:
        """Return the place of a task.

        Args:
            task: The task.
            page: The answer to `turn_query`: the tasks that were submitted before, and the task itself.

        Returns:
            None if the page does not tell: the task is not on it yet, or the order is not that of
            submission, since a task of the key was scheduled or redriven, or another one has its very time.
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
        """Write it as what follows "Waits for its turn".

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
    """Return the parameters of `GET /tasks` that list a task and those of its key before it, newest first."""
    # Tasks of a batch have the time of their submission in common.
    end = words.moment(task["submittedAt"]) + timedelta(milliseconds=1)
    return {
        "orderingKey": task["orderingKey"],
        "status": list(_IN_THE_LANE),
        "submittedBefore": end.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "limit": _MOST,
    }


def waits_for_turn(task: Mapping[str, Any]) -> bool:
    """Return whether a task waits for those before it in its ordering key."""
    return bool(task["status"] == "PARKED" and task["history"][-1].get("waitsFor") == "TURN")
