"""Conditions and filters compare values of one type only.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from typing import Any

import pytest

from tests.sandbox.dynamodb.tables import Table

ITEM: dict[str, Any] = {
    "n": {"N": "0"},
    "words": {"S": "YQ=="},
    "raw_bytes": {"B": b"\xfb"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["YQ==", "b"]},
    "elements": {"L": [{"N": "1"}, {"BOOL": True}]},
}


def holds(table: Table, condition: str, x: dict[str, Any]) -> bool:
    """Return whether a condition holds for the item, as a filter and in an update alike."""
    table.put("task", **ITEM)
    found = table.dynamodb.scan(
        TableName=table.name, FilterExpression=condition, ExpressionAttributeValues={":x": x}
    )
    try:
        table.update("task", "SET done = :x", condition, x=x)
    except table.dynamodb.exceptions.ConditionalCheckFailedException:
        assert not found["Items"]
        return False
    assert found["Items"]
    return True


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", {"S": "1"}),
        ("words", {"N": "1"}),
        ("words", {"B": b"a"}),
        ("raw_bytes", {"S": "a"}),
        ("flag", {"N": "1"}),
        ("nothing", {"N": "1"}),
        ("elements", {"N": "1"}),
        ("size(gone)", {"N": "1"}),
        ("size(n)", {"N": "1"}),
    ],
)
def test_values_of_different_types_are_in_no_order(
    table: Table, name: str, operator: str, value: dict[str, Any]
) -> None:
    """A comparison of values of different types is false, and not an error."""
    assert not holds(table, f"{name} {operator} :x", x=value)
    assert not holds(table, f"{name} BETWEEN :x AND :x", x=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", {"N": "1"}),
        ("words", {"B": b"a"}),
        ("texts", {"BS": [b"a", b"o"]}),
        ("gone", {"NULL": True}),
    ],
)
def test_values_of_different_types_are_not_equal(table: Table, name: str, value: dict[str, Any]) -> None:
    """Values of different types are unequal, such as true and 1, or a missing value and NULL."""
    assert not holds(table, f"{name} = :x", x=value)
    assert not holds(table, f"{name} IN (:x)", x=value)
    assert holds(table, f"{name} <> :x", x=value)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("n BETWEEN :x AND :x", {"N": "0"}),
        ("raw_bytes > :x", {"B": b"\xfa"}),
        ("size(raw_bytes) = :x", {"N": "1"}),
        ("flag = :x", {"BOOL": True}),
        ("nothing = :x", {"NULL": True}),
        ("texts = :x", {"SS": ["b", "YQ=="]}),
        ("contains(elements, :x)", {"BOOL": True}),
        ("size(elements) < :x", {"N": "2.5"}),
    ],
)
def test_values_of_one_type_are_compared(table: Table, condition: str, value: dict[str, Any]) -> None:
    """Values of the same type are compared, zero included; binary values are compared by their bytes."""
    assert holds(table, condition, x=value)


def test_a_list_contains_values_of_its_elements_types(table: Table) -> None:
    """A list of `true` does not contain 1."""
    table.put("task", elements={"L": [{"BOOL": True}]})
    with pytest.raises(table.dynamodb.exceptions.ConditionalCheckFailedException):
        table.update("task", "SET done = :x", "contains(elements, :x)", x={"N": "1"})
