"""Copies of only those attributes of an item that a projection names.

moto copies and converts all attributes of an item once for each name of a projection expression.
"""

from collections.abc import Callable, Iterable

from localstack.utils.patch import Patch
from moto.dynamodb.models.dynamo_type import Item, LimitedSizeDict

from sandbox.speed.tables import packing

type Path = list[str]
"""The names on the way to a value, such as `["tags", "team"]`; `names[0]` is an element of a list."""


def copy_what_is_named() -> None:
    """Make moto copy only the projected attributes of items. Call this only once."""
    Patch.function(Item.project, _project).apply()


def projected(item: Item, names: Iterable[str]) -> Item:
    """Return a copy of an item with only the named attributes, some of which may not exist."""
    made = object.__new__(Item)
    made.hash_key, made.range_key = item.hash_key, item.range_key
    made.attrs = LimitedSizeDict()
    for name, value in packing.values(item, names).items():
        dict.__setitem__(made.attrs, name, value)
    return made


def _project(project: Callable[[Item, list[Path]], Item], item: Item, paths: list[Path]) -> Item:
    if any(len(path) > 1 or path[0].endswith("]") for path in paths):
        return project(item, paths)
    return projected(item, [name for (name,) in paths])
