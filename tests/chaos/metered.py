"""A DynamoDB client that measures the write units that its calls would cost on AWS.

A write costs a unit for each KB of the item before or after it, whichever is larger, and as much for each
index entry that is put, deleted or changed, and twice that in a transaction:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.costs.write_units import units
from infra.stack.table import INDEXES, KEY
from tests.item_bytes import item_bytes

type Item = Mapping[str, Any]


class Metered:
    """A client that counts the write units used on one table. It must be the only writer to that table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self.units = 0
        self.calls = list[str]()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name in {"exceptions", "meta", "get_paginator"}:
            return method
        return lambda **arguments: self._call(name, method, arguments)

    def _call(self, name: str, method: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        self.calls.append(name)
        written = [*_written(name, arguments)]
        before = [self._item(key) for key, _ in written]
        answer = method(**arguments)
        for (key, factor), old in zip(written, before, strict=True):
            self.units += factor * write_units(old, self._item(key))
        return answer

    def _item(self, key: Item) -> Item:
        found = self._client.get_item(TableName=self._table_name, Key=key, ConsistentRead=True)
        item: Item = found.get("Item", {})
        return item


def write_units(old: Item, new: Item) -> int:
    """Return the units of a write that turns one item into another, including those of indexes."""
    return units(max(item_bytes(old), item_bytes(new))) + sum(
        _index_units(_entry(old, names), _entry(new, names), keys) for keys, names in _indexes()
    )


def _indexes() -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Yield the keys and all attributes of each index."""
    for index in INDEXES.values():
        keys = (index.partition, index.sort)
        yield keys, {KEY, *keys, *index.includes}


def _entry(item: Item, names: set[str]) -> Item:
    return {name: value for name, value in item.items() if name in names}


def _index_units(old: Item, new: Item, keys: tuple[str, ...]) -> int:
    was, now = (all(key in entry for key in keys) for entry in (old, new))
    if was and now and all(old[key] == new[key] for key in keys):
        return 0 if old == new else units(max(item_bytes(old), item_bytes(new)))
    return sum(units(item_bytes(entry)) for entry, there in ((old, was), (new, now)) if there)


def _written(name: str, arguments: Mapping[str, Any]) -> Iterator[tuple[Item, int]]:
    """Yield the keys that a call writes, and how often each counts."""
    if name in {"put_item", "update_item", "delete_item"}:
        yield _key(arguments), 1
    for entry in arguments.get("TransactItems", ()):
        for action in entry.values():
            yield _key(action), 2


def _key(action: Mapping[str, Any]) -> Item:
    of = action.get("Item") or action["Key"]
    return {KEY: of[KEY]}
