"""Type-aware comparison of values in conditions, filters and key conditions, as in DynamoDB.

Values of different types are never equal and have no order: `n < :text` is false. Numbers are exact, and
binary values are compared by their bytes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html

moto compares Python's values. Values of different types therefore cause an internal error or are equal
(`true` and 1, a text and a binary value), and binary values are compared as Base64.
"""

import base64
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.comparisons import (
    AttributeValue,
    FuncBetween,
    FuncSize,
    OpGreaterThan,
    OpGreaterThanOrEqual,
    OpLessThan,
    OpLessThanOrEqual,
)
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_ORDERED = {Decimal: "N", int: "N", str: "S", bytes: "B"}
"""The types whose values have an order; `size` returns an int."""


def correct_moto() -> None:
    """Apply the corrections to moto. Call this only once."""
    cast = vars(DynamoType)["cast_value"].fget
    Patch(DynamoType, "cast_value", property(lambda value: _comparable(cast, value))).apply()
    Patch(AttributeValue, "expr", _given_value).apply()
    Patch(OpLessThan, "expr", _in_order(operator.lt)).apply()
    Patch(OpLessThanOrEqual, "expr", _in_order(operator.le)).apply()
    Patch(OpGreaterThan, "expr", _in_order(operator.gt)).apply()
    Patch(OpGreaterThanOrEqual, "expr", _in_order(operator.ge)).apply()
    Patch(FuncBetween, "expr", _between).apply()
    Patch.function(FuncSize.expr, _size).apply()
    Patch.function(DynamoDBBackend.query, _query).apply()


def _comparable(cast: Callable[[DynamoType], Any], value: DynamoType) -> Any:
    """Return a value that equals no value of another type, nor None, which is a missing attribute."""
    match value.type:
        case "S":
            return value.value
        case "N":
            return Decimal(value.value)
        case "B":
            return _bytes(value.value)
        case "BOOL" | "NULL":
            return (value.type, value.value)
        case _:
            return cast(value)


def _bytes(value: str | bytes) -> bytes:
    return base64.b64decode(value) if isinstance(value, str) else value


def _given_value(given: AttributeValue, _item: Item | None) -> Any:
    return DynamoType({given.type: given.value}).cast_value


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    kind = _ORDERED.get(type(left))
    return kind is not None and kind == _ORDERED.get(type(right)) and compare(left, right)


def _in_order(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Item | None], bool]:
    def holds(condition: Any, item: Item | None) -> bool:
        return _ordered(compare, condition.lhs.expr(item), condition.rhs.expr(item))

    return holds


def _between(condition: FuncBetween, item: Item | None) -> bool:
    value = condition.attr.expr(item)
    return _ordered(operator.le, condition.start.expr(item), value) and _ordered(
        operator.le, value, condition.end.expr(item)
    )


def _size(size: Callable[..., int], function: FuncSize, item: Item | None) -> int | None:
    """Return an attribute's size; None, which has no order, if the attribute is missing or has no size."""
    try:
        return size(function, item)
    except ValueError:
        return None


def _query(
    query: Callable[..., Any],
    backend: DynamoDBBackend,
    table_name: str,
    hash_key: dict[str, Any],
    comparison: str | None,
    range_values: list[dict[str, Any]],
    *rest: Any,
    index_name: str | None = None,
    **more: Any,
) -> Any:
    """Refuse a key condition whose values differ in type from the key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
    """
    table = backend.get_table(table_name)
    hash_type, range_type = (
        (table.hash_key_type, table.range_key_type)
        if index_name is None
        else _key_types(table, backend.get_schema(table_name, index_name))
    )
    if hash_type not in hash_key or (range_values and any(range_type not in each for each in range_values)):
        raise MockValidationException(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    return query(
        backend, table_name, hash_key, comparison, range_values, *rest, index_name=index_name, **more
    )


def _key_types(table: Table, schema: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    types = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
    of_keys = {key["KeyType"]: types.get(key["AttributeName"]) for key in schema}
    return of_keys.get("HASH"), of_keys.get("RANGE")
