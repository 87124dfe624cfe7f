"""Queries and index scans that read only the requested entries.

moto sorts all items of the table for each query, and copies each returned item as a whole.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import GlobalSecondaryIndex, SecondaryIndex, Table
from sortedcontainers import SortedList

from sandbox.speed.tables import packing
from sandbox.speed.tables.order import AFTER_ALL, Entry, Order, order_of
from sandbox.speed.tables.projections import projected

type Answer = tuple[list[Item], int, dict[str, Any] | None]
"""The items, the number read, and the key of the last one if there are more."""

LARGEST_PAGE = 1024 * 1024
"""Maximum size of a page in bytes, counted for the entries as they are in the index:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""

_RANGES: dict[str, Callable[..., tuple[Any, Any]]] = {
    "=": lambda value: ((value,), (value, AFTER_ALL)),
    "<": lambda value: ((), (value,)),
    "<=": lambda value: ((), (value, AFTER_ALL)),
    ">": lambda value: ((value, AFTER_ALL), (AFTER_ALL,)),
    ">=": lambda value: ((value,), (AFTER_ALL,)),
    "BETWEEN": lambda low, high: ((low,), (high, AFTER_ALL)),
}
"""The sort positions between which entries satisfy a comparison, given its values."""
_SAME = {"EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}


# Per request, since other threads answer other requests meanwhile.
_is_counting = ContextVar("is_counting", default=False)


@contextmanager
def counting() -> Iterator[None]:
    """Answer the queries within the block, which count and have no filter, without copying items."""
    before = _is_counting.set(True)
    try:
        yield
    finally:
        _is_counting.reset(before)


def read_in_order() -> None:
    """Make moto's queries and index scans read sorted entries. Call this only once."""
    Patch.function(Table.query, _query).apply()
    Patch.function(Table.scan, _scan).apply()


def _query(
    query: Callable[..., Answer],
    table: Table,
    hash_key: DynamoType,
    comparison: str | None,
    values: list[DynamoType],
    limit: int | None,
    start: dict[str, Any] | None,
    forward: bool,
    projection: Any,
    index_name: str | None = None,
    consistent_read: bool = False,
    filter_expression: Any = None,
    **older: Any,
) -> Answer:
    given = (hash_key, comparison, values, limit, start, forward, projection, index_name, consistent_read)
    index = _index(table, index_name)
    # moto handles errors, the parameters of DynamoDB's first years, and indexes without a sort key.
    if (index_name and index is None) or older or (consistent_read and _is_global(index)):
        return query(table, *given, filter_expression, **older)
    order = order_of(table, index_name)
    if comparison and order.schema.sort is None:
        return query(table, *given, filter_expression)
    entries = order.partitions.get(hash_key.cast_value, SortedList())
    low, high = _range(entries, comparison, [value.cast_value for value in values])
    if start is not None:
        after = _place(order, table, start)
        if forward:
            low = max(low, _next(entries, after))
        else:
            high = min(high, entries.bisect_left(after))
    chosen = entries.islice(low, max(low, high), reverse=not forward)
    return _page(table, index, chosen, limit, filter_expression, projection)


def _scan(
    scan: Callable[..., Answer],
    table: Table,
    filters: dict[str, Any],
    limit: int | None,
    start: dict[str, Any] | None,
    filter_expression: Any = None,
    index_name: str | None = None,
    consistent_read: bool = False,
    projection: Any = None,
    segments: Any = (None, None),
) -> Answer:
    index = _index(table, index_name)
    if index is None or filters or segments != (None, None) or consistent_read:
        rest = (filter_expression, index_name, consistent_read, projection, segments)
        return scan(table, filters, limit, start, *rest)
    order = order_of(table, index_name)
    chosen = _from(order, table, start) if start else _all(order)
    return _page(table, index, chosen, limit, filter_expression, projection)


def _all(order: Order) -> Iterator[Entry]:
    for partition in sorted(order.partitions):
        yield from order.partitions[partition]


def _from(order: Order, table: Table, start: dict[str, Any]) -> Iterator[Entry]:
    """Yield the entries after key `start`, whose item may have been deleted, in the order of partitions."""
    first, after = DynamoType(start[order.schema.partition[0]]).cast_value, _place(order, table, start)
    for partition in sorted(each for each in order.partitions if not each < first):
        entries = order.partitions[partition]
        yield from entries.islice(_next(entries, after) if partition == first else 0)


def _next(entries: SortedList, place: tuple[Any, ...]) -> int:
    """Return the index of the first entry after a place."""
    at: int = entries.bisect_left(place)
    return at + (at < len(entries) and entries[at][:3] == place)


def _index(table: Table, index_name: str | None) -> SecondaryIndex | None:
    return next((index for index in table.all_indexes() if index.name == index_name), None)


def _is_global(index: SecondaryIndex | None) -> bool:
    return isinstance(index, GlobalSecondaryIndex)


def _range(entries: SortedList, comparison: str | None, values: list[Any]) -> tuple[int, int]:
    """Return the start and end of the entries in a partition whose sort key satisfies a comparison."""
    if not comparison:
        return 0, len(entries)
    operator = comparison.upper()
    if operator == "BEGINS_WITH":
        low = entries.bisect_left((values[0],))
        high = low
        while high < len(entries) and entries[high][0].startswith(values[0]):
            high += 1
        return low, high
    first, last = _RANGES[_SAME.get(operator, operator)](*values)
    low = entries.bisect_left(first) if first else 0
    return low, entries.bisect_left(last)


def _place(order: Order, table: Table, key: dict[str, Any]) -> tuple[Any, ...]:
    """Return the place of a key among the entries of its partition."""
    names = [order.schema.sort and order.schema.sort[0], table.hash_key_attr, table.range_key_attr]
    return tuple(DynamoType(key[name]).cast_value if name else None for name in names)


def _page(
    table: Table,
    index: SecondaryIndex | None,
    chosen: Iterator[Entry],
    limit: int | None,
    filter_expression: Any,
    projection: Any,
) -> Answer:
    """Return a page of the chosen entries, with at most `limit` entries and LARGEST_PAGE bytes."""
    read: list[Item] = []
    size = 0
    last = None
    counts = _is_counting.get()
    for *_, item in chosen:
        # Entries that are only counted need no attributes.
        entry = item if counts else _projected(table, index, item)
        size += _size(table, index, item) if entry is item else entry.size()
        if len(read) == limit or (read and size > LARGEST_PAGE):
            last = table._get_last_evaluated_key(read[-1], index.name if index else None)
            break
        read.append(entry)
    if counts:
        return read, len(read), last
    passed = [item for item in read if filter_expression is None or filter_expression.expr(item)]
    return [each.project(projection) for each in passed] if projection else passed, len(read), last


def _size(table: Table, index: SecondaryIndex | None, item: Item) -> int:
    """Return the size of an item's entry, which is cached while the item is packed."""
    name = index.name if index else ""
    known = packing.size(item, name)
    if known is None:
        known = int(_projected(table, index, item).size())
        packing.remember_size(item, name, known)
    return known


def _projected(table: Table, index: SecondaryIndex | None, item: Item) -> Item:
    """Return an item's projection to an index, or a copy of the item for the table itself."""
    kind = index.projection.get("ProjectionType") if index else "ALL"
    if index is None or kind not in {"KEYS_ONLY", "INCLUDE"}:
        return copy.deepcopy(item)
    names = {*table.table_key_attrs, *index.schema_key_attrs}
    if kind == "INCLUDE":
        names |= {*index.projection.get("NonKeyAttributes", ())}
    return projected(item, names)
