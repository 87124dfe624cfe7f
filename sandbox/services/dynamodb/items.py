"""Corrections of moto's items, as far as the functions rely on DynamoDB's behaviour.

- An update or transaction that fails changes nothing. moto updates items in place, and prepares a transaction
  by copying whole tables, which takes 0.5 s with 3,000 items.
- An item has at most 400 KB of names and values in UTF-8. moto counts a replaced attribute twice, so 300 KB
  cannot be overwritten.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
- A number has up to 38 digits and a limited magnitude, is exact, and has no leading or trailing zeros. moto
  accepts longer ones, does not check those of updates, and subtracts as float.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge, ItemSizeToUpdateTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

LARGEST_ITEM = 400 * 1024
"""Maximum size of an item in bytes."""

_NUMBERS = Context(prec=38)
_STORED = Context(prec=38, Emax=125, Emin=-130, traps=[Inexact, InvalidOperation, Overflow, Subnormal])
"""Decimal context of the numbers that DynamoDB can store (the page above)."""


def correct_moto() -> None:
    """Apply the corrections to moto. Call this only once."""
    Patch.function(DynamoDBBackend.update_item, _update_item).apply()
    Patch.function(DynamoDBBackend.transact_write_items, _transact_write_items).apply()
    Patch.function(Table.put_item, _put_item).apply()
    Patch.function(DynamoType.__init__, _init).apply()
    Patch.function(DynamoType.__add__, _add).apply()
    Patch.function(DynamoType.__sub__, _subtract).apply()
    Patch(LimitedSizeDict, "__setitem__", dict.__setitem__).apply()
    Patch(responses, "TRANSACTION_MAX_ITEMS", 100).apply()


def _put_item(
    put: Callable[..., Item], table: Table, item_attrs: Mapping[str, Any], *rest: Any, **more: Any
) -> Item:
    if _size({name: DynamoType(value) for name, value in item_attrs.items()}) > LARGEST_ITEM:
        raise ItemSizeTooLarge
    return put(table, item_attrs, *rest, **more)


def _update_item(
    update: Callable[..., Item],
    backend: DynamoDBBackend,
    table_name: str,
    key: dict[str, Any],
    *rest: Any,
    **more: Any,
) -> Item:
    table = backend.get_table(table_name)
    before = copy.deepcopy(_get(backend, table, key))
    try:
        item = update(backend, table_name, key, *rest, **more)
    except BaseException:
        _set(backend, table, key, before)
        raise
    if _size(item.attrs) > LARGEST_ITEM:
        _set(backend, table, key, before)
        raise ItemSizeToUpdateTooLarge
    return item


def _transact_write_items(
    transact: Callable[..., None], backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
) -> None:
    """Run the transaction on copies of its items, and keep the copies if it succeeds."""
    draft = copy.copy(backend)
    draft.tables = {}
    named = []
    for operation in (operation for entry in transact_items for operation in entry.values()):
        table = backend.get_table(operation["TableName"])
        if table.name not in draft.tables:
            draft.tables[table.name] = copy.copy(table)
            draft.tables[table.name].items = defaultdict(dict)
        key = operation.get("Key") or operation["Item"]
        named.append((table, key))
        _set(draft, draft.tables[table.name], key, copy.deepcopy(_get(backend, table, key)))
    transact(draft, transact_items)
    for table, key in named:
        _set(backend, table, key, _get(draft, draft.tables[table.name], key))


def _get(backend: DynamoDBBackend, table: Table, key: dict[str, Any]) -> Item | None:
    return table.get_item(*backend.get_keys_value(table, key))


def _set(backend: DynamoDBBackend, table: Table, key: dict[str, Any], item: Item | None) -> None:
    partition, sort = backend.get_keys_value(table, key)
    items: dict[Any, Any] = table.items[partition] if sort else table.items
    place = sort or partition
    if item is None:
        items.pop(place, None)
    else:
        items[place] = item


def _init(init: Callable[..., None], value: DynamoType, type_as_dict: Any) -> None:
    init(value, type_as_dict)
    if value.type == "N":
        value.value = _canonical(value.value)
    elif value.type == "NS":
        value.value = [_canonical(number) for number in value.value]


def _canonical(number: str) -> str:
    """Return a number's shortest form.

    Raises:
        MockValidationException: DynamoDB cannot store the number.
    """
    try:
        exact = _STORED.create_decimal(number).normalize(_STORED)
    except Overflow:
        wrong = "Number overflow. Attempting to store a number with magnitude larger than supported range"
    except Subnormal:
        wrong = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    except Inexact:
        wrong = "Attempting to store more than 38 significant digits in a Number"
    except (InvalidOperation, TypeError):
        wrong = f"The parameter cannot be converted to a numeric value: {number}"
    else:
        if exact.is_finite():
            return format(exact, "f")
        wrong = f"The parameter cannot be converted to a numeric value: {number}"
    raise MockValidationException(wrong)


def _add(add: Callable[..., DynamoType], left: DynamoType, right: DynamoType) -> DynamoType:
    if left.is_number() and right.is_number():
        return DynamoType({"N": str(_NUMBERS.add(Decimal(left.value), Decimal(right.value)))})
    return add(left, right)


def _subtract(subtract: Callable[..., DynamoType], left: DynamoType, right: DynamoType) -> DynamoType:
    if left.is_number() and right.is_number():
        return DynamoType({"N": str(_NUMBERS.subtract(Decimal(left.value), Decimal(right.value)))})
    return subtract(left, right)


def _size(attributes: Mapping[str, DynamoType]) -> int:
    return sum(len(name.encode()) + _bytes(value) for name, value in attributes.items())


def _bytes(value: DynamoType) -> int:
    """Return the size of a value in bytes. A list or map adds 3, and 1 for each of its elements."""
    match value.type:
        case "L":
            return 3 + sum(1 + _bytes(element) for element in value.value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(each) for name, each in value.value.items())
        case "SS" | "NS" | "BS":
            return sum(_bytes(DynamoType({value.type[0]: element})) for element in value.value)
        case "N":
            return len(str(value.value)) // 2 + 1
        case "B":
            return len(value.value) * 3 // 4  # stored as Base64
        case "BOOL" | "NULL":
            return 1
        case _:
            return len(value.value.encode())
