"""Validation of whole batches before any part is applied: duplicate items, size and values.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html

moto compares whole items as text, so it accepts duplicate keys, and considers a key in two tables a
duplicate.
"""

from collections.abc import Callable
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

LARGEST_WRITE = 25
"""Maximum number of items in a BatchWriteItem request."""


def correct_moto() -> None:
    """Apply the corrections to moto. Call this only once."""
    Patch.function(DynamoHandler.batch_write_item, _batch_write_item).apply()
    Patch.function(DynamoHandler.batch_get_item, _batch_get_item).apply()
    Patch(DynamoHandler, "_contains_duplicates", lambda _handler, _keys: False).apply()


def _batch_write_item(write: Callable[[DynamoHandler], str], handler: DynamoHandler) -> str:
    requests = handler.body["RequestItems"]
    if sum(map(len, requests.values())) > LARGEST_WRITE:
        raise MockValidationException("Too many items requested for the BatchWriteItem call")
    for table_name, entries in requests.items():
        puts_and_deletes = [request for entry in entries for request in entry.values()]
        for put in puts_and_deletes:
            for value in put.get("Item", {}).values():
                DynamoType(value)  # raises the error of an invalid number
        _refuse_duplicates(
            handler, table_name, [each.get("Item") or each["Key"] for each in puts_and_deletes]
        )
    return write(handler)


def _batch_get_item(read: Callable[[DynamoHandler], str], handler: DynamoHandler) -> str:
    for table_name, request in handler.body["RequestItems"].items():
        _refuse_duplicates(handler, table_name, request["Keys"])
    return read(handler)


def _refuse_duplicates(handler: DynamoHandler, table_name: str, items: list[dict[str, Any]]) -> None:
    backend = handler.dynamodb_backend
    table = backend.get_table(table_name)
    if len({backend.get_keys_value(table, item) for item in items}) < len(items):
        raise MockValidationException("Provided list of item keys contains duplicates")
