"""Transactions: writes of several items that succeed or fail together.

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
"""A Put, Update or Delete in the form required by TransactWriteItems."""

MAX_TRIES = 20
PAUSE_SECONDS = 0.01
# Codes in a transaction that was cancelled only because another write was in progress; the code of an item
# without a conflict is `None`.
CONFLICT = frozenset({"None", "TransactionConflict"})


class WriteRefused(Exception):
    """The condition of the first write failed; `item` is the current item, or None if there is none."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write does not hold")
        self.item = item


def write_together(client: "DynamoDBClient", items: Sequence[TransactItem]) -> None:
    """Write several items in one transaction, retrying it after conflicts with other writes.

    Raises:
        WriteRefused: The condition of the first write does not hold.
        ClientError, BotoCoreError: The table rejects the request or is unavailable. If the response was lost,
            the transaction may or may not have happened; it can be retried.
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
    """Return the codes of a transaction's cancellation reasons.

    Raises:
        WriteRefused: The condition of the first write does not hold.
    """
    reasons = refusal.response["CancellationReasons"]
    if reasons[0].get("Code") == "ConditionalCheckFailed":
        raise WriteRefused(reasons[0].get("Item")) from refusal
    return {reason.get("Code", "None") for reason in reasons}


def pause(tries: int) -> None:
    """Sleep for a random time, up to PAUSE_SECONDS for each try so far."""
    time.sleep(random.uniform(0, PAUSE_SECONDS * tries))
