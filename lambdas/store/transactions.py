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

# Codes in a transaction that was cancelled only because another write was in progress; the code of an item
# without a conflict is `None`.
CONFLICT = frozenset({"None", "TransactionConflict"})
_MAX_TRIES, _PAUSE_SECONDS = 20, 0.01
# Codes in a transaction that was throttled, which botocore does not retry, unlike a throttled single write:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
_MAX_THROTTLED_TRIES, _THROTTLED_PAUSE_SECONDS = 5, 0.1


class WriteRefused(Exception):
    """The condition of the first write failed; `item` is the current item, or None if there is none."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write does not hold")
        self.item = item


def write_together(client: "DynamoDBClient", items: Sequence[TransactItem]) -> None:
    """Write several items in one transaction, retrying it after conflicts with other writes and throttling.

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
            pause(refusal, tries)
        else:
            return


def pause(refusal: Any, tries: int, passing: frozenset[str] = CONFLICT) -> None:
    """Sleep before another try of a transaction, for a random time that grows with the tries so far.

    Args:
        refusal: The TransactionCanceledException, which is raised again if another try would not help.
        tries: Number of tries so far.
        passing: Codes of refusals that another try may overcome, besides throttling.

    Raises:
        WriteRefused: The condition of the first write does not hold.
    """
    codes = _codes(refusal)
    if codes <= passing and tries < _MAX_TRIES:
        seconds = _PAUSE_SECONDS * tries
    elif codes <= passing | _THROTTLED and tries < _MAX_THROTTLED_TRIES:
        seconds = _THROTTLED_PAUSE_SECONDS * 2**tries
    else:
        raise refusal
    time.sleep(random.uniform(0, seconds))


def _codes(refusal: Any) -> set[str]:
    reasons = refusal.response["CancellationReasons"]
    if reasons[0].get("Code") == "ConditionalCheckFailed":
        raise WriteRefused(reasons[0].get("Item")) from refusal
    return {reason.get("Code", "None") for reason in reasons}
