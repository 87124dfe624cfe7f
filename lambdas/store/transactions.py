"""Writing several items together, or none of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.store.attribute_values import Item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

type TransactItem = Mapping[str, Any]
"""A Put, Update or Delete, as TransactWriteItems takes it."""

MAX_TRIES = 20
PAUSE_SECONDS = 0.01
# Another write of one of the items was under way.
CONFLICT = frozenset({"None", "TransactionConflict"})


class WriteRefused(Exception):
    """The condition of the task's own write does not hold; `item` is the task's record as it is."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write does not hold")
        self.item = item


def write_together(client: "DynamoDBClient", items: Sequence[TransactItem]) -> None:
    """Write several items in one transaction, the task first.

    While another write of one of the items is under way, the transaction is repeated.

    Raises:
        WriteRefused: The condition of the first write does not hold.
        ClientError, BotoCoreError: The table refuses or is away. If the answer was lost, the transaction has
            either happened or not, and may be repeated.
    """
    tries = 0
    while True:
        tries += 1
        try:
            client.transact_write_items(TransactItems=items)  # type: ignore[arg-type]
        except client.exceptions.TransactionCanceledException as refusal:
            if not refusal_codes(refusal) <= CONFLICT or tries == MAX_TRIES:
                raise
        else:
            return
        pause(tries)


def refusal_codes(refusal: Any) -> set[str]:
    """Return why a transaction was cancelled: a code for each of its writes.

    Raises:
        WriteRefused: The condition of the first write does not hold.
    """
    reasons = refusal.response["CancellationReasons"]
    if reasons[0].get("Code") == "ConditionalCheckFailed":
        raise WriteRefused(reasons[0].get("Item")) from refusal
    return {reason.get("Code", "None") for reason in reasons}


def pause(tries: int) -> None:
    """Wait a moment before the next try, by chance, and longer after more tries."""
    time.sleep(random.uniform(0, PAUSE_SECONDS * tries))
