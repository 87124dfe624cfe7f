"""Writes that accompany the end of a task: its callback delivery and the removal of its timer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from lambdas.domain import strict_json
from lambdas.domain.delivery import delivery_of_end
from lambdas.domain.errors import TaskError
from lambdas.domain.history import HistoryEntry
from lambdas.domain.task import Task
from lambdas.store.deliveries import delivery_puts
from lambdas.store.packing import unpacked
from lambdas.store.payloads import Payloads
from lambdas.store.timers import EXPIRY, Timer
from lambdas.store.transactions import TransactItem


@dataclass(frozen=True, kw_only=True)
class Companions:
    """Additional writes of the transaction that ends a task; most tasks have none.

    Attributes:
        items: The writes.
        delivery: The callback delivery among them, whose message must be sent afterwards; None if there is
            none.
    """

    items: Sequence[TransactItem] = ()
    delivery: Task | None = None


def companions(
    task: Task, entry: HistoryEntry, sets: Mapping[str, Any], table_name: str, payloads: Payloads
) -> Companions:
    """Return the writes that accompany the end of a task.

    Args:
        task: The task as it was read or claimed.
        entry: The history entry of the end.
        sets: Attributes that are written with the end.
        table_name: Name of the task table.
        payloads: Storage of large payloads.
    """
    if not entry.status.ended:
        return Companions()
    items: list[TransactItem] = []
    if task.expires_at is not None:
        items.append(Timer(what=EXPIRY, id=task.task_id).to_delete(table_name))
    delivery = delivery_of_end(_ended(task, entry, sets)) if task.callback else None
    if delivery is not None:
        items += delivery_puts(delivery, table_name, payloads)
    return Companions(items=items, delivery=delivery)


def _ended(task: Task, entry: HistoryEntry, sets: Mapping[str, Any]) -> Task:
    """Return a task in its final state, with the fields that its callback reports."""
    result: JsonValue = strict_json.loads_own(unpacked(sets["result"])) if "result" in sets else None
    error = TaskError.model_validate(sets["error"]) if "error" in sets else task.error
    return task.model_copy(
        update={
            "status": entry.status,
            "updated_at": entry.at,
            "result": result,
            # A success removes the error of the attempt before it.
            "error": None if "result" in sets else error,
        }
    )
