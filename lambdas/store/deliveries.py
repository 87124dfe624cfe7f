"""Writes of callback deliveries, made together with the end that they report."""

from collections.abc import Sequence

from lambdas.domain.task import Task
from lambdas.store.item import to_item
from lambdas.store.payloads import Payloads
from lambdas.store.transactions import TransactItem


def delivery_puts(delivery: Task, table_name: str, payloads: Payloads) -> Sequence[TransactItem]:
    """Return the writes of a delivery, for the transaction that records the reported end.

    The writes are unconditional: the delivery's id identifies the end, which only one transaction records,
    and clients cannot submit such ids.

    Args:
        delivery: A task from `lambdas.domain.delivery`. Its message must be sent after the transaction; if
            the function crashes before that, release_tasks sends it.
        table_name: Name of the task table.
        payloads: Storage of large payloads.
    """
    record, apart = payloads.apart(delivery, to_item(delivery, fingerprint=delivery.task_id))
    return [{"Put": {"TableName": table_name, "Item": item}} for item in (record, apart) if item is not None]
