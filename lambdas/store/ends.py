"""What is written together with the end of a task."""

from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.domain.task import Task
from lambdas.store.timers import EXPIRY, Timer
from lambdas.store.transactions import TransactItem


@dataclass(frozen=True, kw_only=True)
class Companions:
    """Writes that belong to the end of a task, for the same transaction; none for most tasks."""

    items: Sequence[TransactItem] = ()


def companions(task: Task, table_name: str) -> Companions:
    """Return what is written with the end of a task.

    Args:
        task: The task as it was read or claimed.
        table_name: The task table.
    """
    if task.expires_at is None:
        return Companions()
    return Companions(items=[Timer(what=EXPIRY, id=task.task_id).to_delete(table_name)])
