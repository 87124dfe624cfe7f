"""Writing deliveries of callbacks, together with what they tell of."""

from collections.abc import Sequence

from lambdas.domain.task import Task
from lambdas.store.item import to_item
from lambdas.store.payloads import Payloads
from lambdas.store.transactions import TransactItem


def delivery_puts(delivery: Task, table_name: str, payloads: Payloads) -> Sequence[TransactItem]:
    """Return the writes of a delivery, for the transaction that writes what it tells of.

    They have no condition. The id names what is told, which only one transaction writes, and nobody else may
    submit such an id.

    Args:
        delivery: As `lambdas.domain.delivery` makes it. After the transaction its message is to be sent;
            release_tasks sends that of a function that has died.
        table_name: The task table.
        payloads: Of the task table.
    """
    record, apart = payloads.apart(delivery, to_item(delivery, fingerprint=delivery.task_id))
    return [{"Put": {"TableName": table_name, "Item": item}} for item in (record, apart) if item is not None]
