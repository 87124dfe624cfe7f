"""Compact storage of items that were not written recently, so that large tables need less memory.

moto has an object for each value of each item, ten times the item's JSON: 9 KB for a finished task. An item
is unpacked when its attributes are accessed: permanently if it may be changed, and only temporarily while a
request reads (`reading`).
"""

import copy
import json
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import dynamo_json_dump

UNPACKED = 500
"""Number of recently written items that stay unpacked."""

_ATTRS, _PACKED, _SIZE = "attrs", "packed", "entry_size"
_written_last: "OrderedDict[int, Item]" = OrderedDict()
_is_reading = False


def pack_what_rests() -> None:
    """Make moto's items packable. Call this only once."""
    # moto sets an attribute of this name, so there is nothing to patch.
    setattr(Item, "attrs", property(_get, _set))  # noqa: B010 - mypy refuses a property for an attribute


@contextmanager
def reading() -> Iterator[None]:
    """Keep items packed within the block, which must only read them."""
    global _is_reading
    _is_reading = True
    try:
        yield
    finally:
        _is_reading = False


def written(item: Item | None) -> None:
    """Record a written item, if there is one, and pack all but the UNPACKED most recently written."""
    if item is None:
        return
    _written_last[id(item)] = item
    _written_last.move_to_end(id(item))
    while len(_written_last) > UNPACKED:
        _, oldest = _written_last.popitem(last=False)
        pack(oldest)


def pack(item: Item) -> None:
    """Pack an item, unless it is already packed."""
    values = vars(item)
    if _ATTRS in values:
        values[_PACKED] = zlib.compress(dynamo_json_dump(values.pop(_ATTRS)).encode())


def values(item: Item, names: Iterable[str]) -> dict[str, DynamoType]:
    """Return copies of some of an item's values. A packed item stays packed.

    A page of an index has thousands of entries with a few of the values of each item.
    """
    packed = vars(item).get(_PACKED)
    if packed is None:
        attrs = item.attrs
        return {name: copy.deepcopy(attrs[name]) for name in names if name in attrs}
    unpacked: dict[str, Any] = json.loads(zlib.decompress(packed))
    return {name: DynamoType(unpacked[name]) for name in names if name in unpacked}


def size(item: Item, index_name: str) -> int | None:
    """Return the cached size of an item's entry in an index, or None."""
    name, known = vars(item).get(_SIZE, (None, None))
    return known if name == index_name else None


def remember_size(item: Item, index_name: str, size: int) -> None:
    """Cache the size of an item's entry in an index for as long as the item is packed."""
    if is_packed(item):
        vars(item)[_SIZE] = (index_name, size)


def is_packed(item: Item) -> bool:
    """Return whether an item is packed."""
    return _PACKED in vars(item)


def _get(item: Item) -> LimitedSizeDict:
    values = vars(item)
    attrs: LimitedSizeDict | None = values.get(_ATTRS)
    if attrs is None:
        attrs = LimitedSizeDict()
        unpacked: dict[str, Any] = json.loads(zlib.decompress(values[_PACKED]))
        for name, value in unpacked.items():
            dict.__setitem__(attrs, name, DynamoType(value))
        if not _is_reading:
            _set(item, attrs)
    return attrs


def _set(item: Item, attrs: LimitedSizeDict) -> None:
    vars(item)[_ATTRS] = attrs
    for name in (_PACKED, _SIZE):
        vars(item).pop(name, None)
