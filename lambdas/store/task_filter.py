"""Task filters for lists and bulk calls."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import ConfigDict

from lambdas.domain.errors import Category
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel, Timestamp, rfc3339
from lambdas.domain.task import Task
from lambdas.store.stored_times import to_moment
from lambdas.telemetry.reason_groups import reason_group

WITH_AN_ERROR = tuple(status for status in Status if status is not Status.SUCCEEDED)
"""States in which a task may have an error; success removes the error of the previous attempt."""


class TaskFilter(JsonModel):
    """Filter of tasks, all of whose conditions must hold; None stands for no condition.

    Attributes:
        task_ids: The task has one of these ids.
        statuses: The task is in one of these states; empty for any state.
        type: The task is of this kind.
        category: The task's error has this category.
        error_type: The task's error has this type.
        reason_group: The message of the task's error is in this group (`lambdas.telemetry.reason_groups`).
        ordering_key: The task has this ordering key.
        reference: The task has this reference.
        tag: The task has this tag.
        text: The id, the reference or the error's message contains this text, ignoring case.
        submitted_after: The task was submitted at this time or later.
        submitted_before: The task was submitted before this time.
        died_after: The task was given up at this time or later, and is still a dead letter.
        died_before: The task was given up before this time, and is still a dead letter.
    """

    model_config = ConfigDict(validate_by_name=True)

    task_ids: tuple[str, ...] | None = None
    statuses: tuple[Status, ...] = ()
    type: str | None = None
    category: Category | None = None
    error_type: str | None = None
    reason_group: str | None = None
    ordering_key: str | None = None
    reference: str | None = None
    tag: str | None = None
    text: str | None = None
    submitted_after: Timestamp | None = None
    submitted_before: Timestamp | None = None
    died_after: Timestamp | None = None
    died_before: Timestamp | None = None

    @property
    def digest(self) -> str:
        """Digest of the conditions, equal for equal filters."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:16]

    @property
    def possible_statuses(self) -> tuple[Status, ...]:
        """States in which a matching task may be."""
        statuses = self.statuses or tuple(Status)
        if self.died_after is not None or self.died_before is not None:
            return tuple(status for status in statuses if status is Status.DEAD_LETTERED)
        if any(each is not None for each in (self.category, self.error_type, self.reason_group)):
            return tuple(status for status in statuses if status in WITH_AN_ERROR)
        return statuses

    @property
    def first_position(self) -> str | None:
        """Lowest position of matching tasks, inclusive; None if there is no limit."""
        return _position(self.submitted_after)

    @property
    def end_position(self) -> str | None:
        """Upper limit of the positions of matching tasks, exclusive; None if there is no limit."""
        return _position(self.submitted_before)

    @property
    def is_selective(self) -> bool:
        """Whether many entries of the index may fail to match, so that larger pages should be read."""
        return Status.PROCESSING in self.statuses or any(
            condition is not None
            for condition in (
                *(self.type, self.category, self.error_type, self.reason_group, self.tag, self.text),
                *(self.died_after, self.died_before),
            )
        )

    def may_match(self, entry: Mapping[str, Any], includes: Collection[str]) -> bool:
        """Return whether a task may match, as far as its entry in an index shows.

        Args:
            entry: Attributes of the index entry.
            includes: Attributes that the index includes. If the entry lacks one of them, the task does not
                have it; all other attributes are unknown.
        """
        error = entry.get("error") or {}
        return (
            (not self.statuses or "status" not in includes or entry.get("status") in self.statuses)
            and _may_be(self.type, "type", entry, includes)
            and _may_be(self.ordering_key, "orderingKey", entry, includes)
            and _may_be(self.reference, "reference", entry, includes)
            and ("error" not in includes or self._has_error(error.get("category"), error.get("type")))
            and ("updatedAt" not in includes or self._died(entry.get("status"), entry["updatedAt"]))
            and (self.tag is None or "tags" not in includes or self.tag in (entry.get("tags") or ()))
            and ("reference" not in includes or self._has_text(_texts_of(entry)))
            # The most expensive comparison comes last.
            and ("error" not in includes or self._has_reason(error.get("message")))
        )

    def matches(self, task: Task) -> bool:
        """Return whether a task meets all conditions."""
        error = task.error
        message = error.message if error else None
        return (
            (self.task_ids is None or task.task_id in self.task_ids)
            and (not self.statuses or task.status in self.statuses)
            and self.type in (None, task.type)
            and self.ordering_key in (None, task.ordering_key)
            and self.reference in (None, task.reference)
            and self._has_error(error.category if error else None, error.type if error else None)
            and self._died(task.status, task.updated_at)
            and (self.tag is None or self.tag in (task.tags or ()))
            and self._has_text((task.task_id, task.reference, message))
            and (self.submitted_after is None or task.submitted_at >= self.submitted_after)
            and (self.submitted_before is None or task.submitted_at < self.submitted_before)
            and self._has_reason(message)
        )

    def _has_error(self, category: str | None, type: str | None) -> bool:
        return self.category in (None, category) and self.error_type in (None, type)

    def _has_reason(self, message: str | None) -> bool:
        return self.reason_group is None or (
            message is not None and reason_group(message) == self.reason_group
        )

    def _died(self, status: str | None, at: datetime | int | str) -> bool:
        """Return whether a task was given up within the limits, given its state and last change."""
        if self.died_after is None and self.died_before is None:
            return True
        died = at if isinstance(at, datetime) else to_moment(at)
        return (
            status == Status.DEAD_LETTERED
            and (self.died_after is None or died >= self.died_after)
            and (self.died_before is None or died < self.died_before)
        )

    def _has_text(self, texts: tuple[str | None, ...]) -> bool:
        if self.text is None:
            return True
        wanted = self.text.casefold()
        return any(wanted in text.casefold() for text in texts if text is not None)


def _may_be(wanted: str | None, name: str, entry: Mapping[str, Any], includes: Collection[str]) -> bool:
    return wanted is None or name not in includes or entry.get(name) == wanted


def _texts_of(entry: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Return the texts of an entry that are searched; an index without errors has no error message."""
    message: str | None = (entry.get("error") or {}).get("message")
    return entry["taskId"], entry.get("reference"), message


def _position(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
