"""The order of a table's items and of its indexes, maintained while items change.

moto sorts all items of a table for each query and each scan of an index. Here each partition is a sorted list
of entries, created when it is first requested. `kept` tracks the changes of a request: it compares an item's
entries before and after, since moto changes items in place.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from sortedcontainers import SortedList

type Entry = tuple[Any, Any, Any, Item]
"""Values of the sort key and of the table's keys, and the item. Items are never compared, as keys differ."""


class _AfterAll:
    """A value that is greater than any key's value."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


AFTER_ALL = _AfterAll()


@dataclass(frozen=True)
class Schema:
    """The keys of a table or an index, each an attribute and its type; None if there is no sort key."""

    partition: tuple[str, str]
    sort: tuple[str, str] | None

    @classmethod
    def of(cls, table: Table, index_name: str | None) -> "Schema":
        """Return the schema of an index, or of the table if `index_name` is None."""
        keys = table.schema if index_name is None else table.get_index(index_name).schema
        types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
        by_kind = {
            each["KeyType"]: (each["AttributeName"], types.get(each["AttributeName"], "")) for each in keys
        }
        return cls(by_kind["HASH"], by_kind.get("RANGE"))


@dataclass
class Order:
    """The entries of a table or an index, by partition key value."""

    schema: Schema
    partitions: dict[Any, SortedList] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, index_name: str | None) -> "Order":
        """Create the order from the items of a table."""
        order = cls(Schema.of(table, index_name))
        found: dict[Any, list[Entry]] = {}
        for item in _items(table):
            place = order.place(item)
            if place is not None:
                found.setdefault(place[0], []).append(place[1])
        order.partitions = {partition: SortedList(entries) for partition, entries in found.items()}
        return order

    def place(self, item: Item) -> tuple[Any, Entry] | None:
        """Return an item's partition and index entry; None if a key is missing or of the wrong type."""
        partition = _value(item, self.schema.partition)
        sort = None if self.schema.sort is None else _value(item, self.schema.sort)
        if partition is None or (sort is None and self.schema.sort is not None):
            return None
        table_sort = None if item.range_key is None else item.range_key.cast_value
        return partition, (sort, item.hash_key.cast_value, table_sort, item)

    def move(self, before: tuple[Any, Entry] | None, after: tuple[Any, Entry] | None) -> None:
        """Replace an item's entry with another; None stands for no entry."""
        if before is not None:
            partition, entry = before
            entries = self.partitions[partition]
            del entries[entries.bisect_left(entry[:3])]
            if not entries:
                del self.partitions[partition]
        if after is not None:
            self.partitions.setdefault(after[0], SortedList()).add(after[1])


_orders: "WeakKeyDictionary[Table, dict[str | None, Order]]" = WeakKeyDictionary()
"""Orders by table and index; a copy of a table has none."""


def order_of(table: Table, index_name: str | None) -> Order:
    """Return the order of an index, or of the table itself if `index_name` is None."""
    orders = _orders.setdefault(table, {})
    if index_name not in orders:
        orders[index_name] = Order.of(table, index_name)
    return orders[index_name]


def forget() -> None:
    """Discard all orders, which are recreated on demand."""
    _orders.clear()


@contextmanager
def kept(backend: DynamoDBBackend, operation: str, body: Mapping[str, Any]) -> Iterator[None]:
    """Maintain the orders of all items that a request may change within the block."""
    changing = [each for each in written(backend, operation, body) if each[0] in _orders]
    before = [(table, key, _places(table, key)) for table, key in changing]
    try:
        yield
    finally:
        for table, key, places in before:
            after = _places(table, key)
            for index_name, order in _orders[table].items():
                if not _is_same(places[index_name], after[index_name]):
                    order.move(places[index_name], after[index_name])


def written(
    backend: DynamoDBBackend, operation: str, body: Mapping[str, Any]
) -> Iterator[tuple[Table, tuple[DynamoType, DynamoType | None]]]:
    """Yield the tables and keys of the items that a request may change, each once."""
    seen = set()
    for name, attributes in _written(operation, body):
        try:
            table = backend.get_table(name)
            key = backend.get_keys_value(table, attributes)
        except Exception:  # noqa: BLE001, S112 - moto refuses the request for it
            continue
        if (table.name, key) not in seen:
            seen.add((table.name, key))
            yield table, key


def _written(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables and the items, or their keys, that a request writes."""
    if operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield body.get("TableName", ""), body.get("Item") or body.get("Key") or {}
    for entry in body.get("TransactItems") or () if operation == "TransactWriteItems" else ():
        for action in entry.values():
            yield action.get("TableName", ""), action.get("Item") or action.get("Key") or {}
    for name, entries in (body.get("RequestItems") or {}).items() if operation == "BatchWriteItem" else ():
        for entry in entries:
            for request in entry.values():
                yield name, request.get("Item") or request.get("Key") or {}


def _places(
    table: Table, key: tuple[DynamoType, DynamoType | None]
) -> dict[str | None, tuple[Any, Entry] | None]:
    item = table.get_item(*key)
    return {
        index_name: None if item is None else order.place(item)
        for index_name, order in _orders[table].items()
    }


def _is_same(before: tuple[Any, Entry] | None, after: tuple[Any, Entry] | None) -> bool:
    if before is None or after is None:
        return before is after
    return before[0] == after[0] and before[1][:3] == after[1][:3] and before[1][3] is after[1][3]


def _value(item: Item, key: tuple[str, str]) -> Any:
    value = item.attrs.get(key[0])
    return value.cast_value if value is not None and value.type == key[1] else None


def _items(table: Table) -> Iterator[Item]:
    for found in table.items.values():
        if isinstance(found, Item):
            yield found
        else:
            yield from found.values()
