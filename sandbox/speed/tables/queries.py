"""Search only one partition in a query. moto sorts the whole table for each query."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


def look_at_one_partition() -> None:
    """Apply the correction, once in a process."""
    Patch.function(Table.query, _query).apply()


def _query(query: Callable[..., Any], table: Table, hash_key: DynamoType, *rest: Any, **more: Any) -> Any:
    """Query a copy of the table with one partition only. `index_name` is the seventh of `rest`."""
    index_name = rest[6] if len(rest) > 6 else more.get("index_name")
    partition: Any = copy.copy(table)
    if index_name is None:
        partition.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
    elif any(index.name == index_name for index in table.all_indexes()):
        schema = table.get_index(index_name).schema
        name = next(key["AttributeName"] for key in schema if key["KeyType"] == "HASH")
        partition.items = dict(_with(table, name, hash_key))
    return query(partition, hash_key, *rest, **more)


def _with(table: Table, name: str, value: DynamoType) -> Iterator[tuple[DynamoType, Any]]:
    """Yield the items of each hash key whose attribute has a value."""
    for hash_key, found in table.items.items():
        if isinstance(found, Item):
            if _has(found, name, value):
                yield hash_key, found
        elif some := {key: item for key, item in found.items() if _has(item, name, value)}:
            yield hash_key, some


def _has(item: Item, name: str, value: DynamoType) -> bool:
    there = item.attrs.get(name)
    return there is not None and there == value
