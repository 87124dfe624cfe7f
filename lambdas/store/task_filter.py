"""Filters of lists of tasks."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp, rfc3339
from lambdas.domain.task import Task


class TaskFilter(JsonModel):
    """Which tasks to list: those that all conditions apply to. A condition that is absent applies to all.

    Attributes:
        statuses: In one of these states; empty for any.
        type: Of this kind.
        category: With an error of this category.
        ordering_key: Of this ordering key.
        submitted_after: Submitted at this time or later.
        submitted_before: Submitted before this time.
    """

    statuses: tuple[Status, ...] = ()
    type: str | None = None
    category: Category | None = None
    ordering_key: str | None = None
    submitted_after: Timestamp | None = None
    submitted_before: Timestamp | None = None

    @property
    def digest(self) -> str:
        """A short text that is the same for the same filter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def first_position(self) -> str | None:
        """Positions of matching tasks are this one or later ones; None when there is no such limit."""
        return _position(self.submitted_after)

    @property
    def end_position(self) -> str | None:
        """Positions of matching tasks are before this one; None when there is no such limit."""
        return _position(self.submitted_before)

    @property
    def is_selective(self) -> bool:
        """Whether many entries of the index that is read for it may not match."""
        return Status.PROCESSING in self.statuses or self.type is not None or self.category is not None

    def may_match(self, entry: Mapping[str, Any]) -> bool:
        """Return whether a task may match by what an index has of it; an attribute may be absent there."""
        category = entry["error"].get("category") if "error" in entry else None
        return (
            (not self.statuses or entry.get("status") is None or entry["status"] in self.statuses)
            and self.type in (None, entry.get("type", self.type))
            and self.ordering_key in (None, entry.get("orderingKey", self.ordering_key))
            and (self.category is None or category is None or category == self.category)
        )

    def matches(self, task: Task) -> bool:
        """Return whether a task matches."""
        return (
            (not self.statuses or task.status in self.statuses)
            and self.type in (None, task.type)
            and self.ordering_key in (None, task.ordering_key)
            and (self.category is None or (task.error is not None and task.error.category is self.category))
            and (self.submitted_after is None or task.submitted_at >= self.submitted_after)
            and (self.submitted_before is None or task.submitted_at < self.submitted_before)
        )


ALL_TASKS = TaskFilter()


def _position(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
