"""Copies of items that share strings, bytes and booleans with the original.

moto copies each item that it reads or updates several times with `copy.deepcopy`.
"""

from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict


def share_what_never_changes() -> None:
    """Make copies of moto's items share values that never change. Call this only once."""
    # moto has no such methods, so there is nothing to patch.
    setattr(DynamoType, "__deepcopy__", _value)  # noqa: B010 - mypy refuses a new attribute
    setattr(Item, "__deepcopy__", _item)  # noqa: B010


def _value(value: DynamoType, _memo: dict[int, Any]) -> DynamoType:
    made = object.__new__(DynamoType)
    made.type = value.type
    match value.value:
        case list(elements):
            made.value = [_value(each, _memo) if isinstance(each, DynamoType) else each for each in elements]
        case dict(members):
            made.value = {
                name: _value(each, _memo) if isinstance(each, DynamoType) else each
                for name, each in members.items()
            }
        case plain:
            made.value = plain
    return made


def _item(item: Item, memo: dict[int, Any]) -> Item:
    made = object.__new__(Item)
    vars(made).update(vars(item))  # the keys, which are never changed
    made.attrs = LimitedSizeDict()
    dict.update(made.attrs, {name: _value(each, memo) for name, each in item.attrs.items()})
    return made
