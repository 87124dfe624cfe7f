"""Changes to a table's indexes, one by one."""

import json
from typing import Any

import pytest

from infra.deploy.index_steps import index_steps


def template(*indexes: str, functions: str = "old") -> dict[str, Any]:
    """Return a template with a table; an index `a-b` has the keys a and b."""
    names = sorted({"id", *(name for index in indexes for name in index.split("-"))})
    table = {
        "TableName": "t",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        **({"GlobalSecondaryIndexes": [_index(index) for index in indexes]} if indexes else {}),
    }
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Code": functions}},
        }
    }


def _index(name: str) -> dict[str, Any]:
    kinds = zip(name.split("-"), ("HASH", "RANGE"), strict=True)
    return {"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds]}


def shown(step: Any) -> tuple[set[str], str]:
    """Return the names of a step's indexes, and its functions' code."""
    table = step["Resources"]["Table"]["Properties"]
    defined = {each["AttributeName"] for each in table["AttributeDefinitions"]}
    used = {key["AttributeName"] for each in _schemas(table) for key in each}
    assert defined == used, "DynamoDB refuses definitions of attributes that are in no key"
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())}
    return indexes, step["Resources"]["Function"]["Properties"]["Code"]


def _schemas(table: Any) -> list[Any]:
    return [
        table["KeySchema"],
        *(index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", ())),
    ]


def test_a_deployment_that_changes_no_index_has_one_step() -> None:
    """A deployment that leaves the indexes as they are, or creates the table, has one step."""
    new = template("a-b", functions="new")
    assert [*index_steps(template("a-b"), new)] == [new]
    assert [*index_steps({}, new)] == [new]


@pytest.mark.parametrize("before", [(), ("a-b", "c-d")])
def test_an_index_that_changes_alone_has_one_step(before: tuple[str, ...]) -> None:
    """A deployment that changes one index, and nothing else, has one step."""
    new = template("a-b")
    assert [*index_steps(template(*before), new)] == [new]


def test_an_index_is_added_before_the_functions_change() -> None:
    """The functions change only when the index that they query is filled."""
    new = template("a-b", functions="new")
    steps = [*index_steps(template(), new)]
    assert [shown(step) for step in steps] == [({"a-b"}, "old"), ({"a-b"}, "new")]
    assert steps[-1] == new


def test_an_index_is_removed_after_the_functions_changed() -> None:
    """The former functions can query an index until the new ones have replaced them."""
    new = template("a-b", functions="new")
    steps = [*index_steps(template("a-b", "c-d"), new)]
    assert [shown(step) for step in steps] == [({"a-b", "c-d"}, "new"), ({"a-b"}, "new")]
    assert steps[-1] == new


def test_several_indexes_are_changed_one_by_one() -> None:
    """One at a time, new indexes are added before the functions change, and old ones removed afterwards."""
    old, new = template("a-b", "c-d"), template("a-b", "e-f", "g-b", functions="new")
    before = json.dumps([old, new])
    steps = [*index_steps(old, new)]
    assert [shown(step) for step in steps] == [
        ({"a-b", "c-d", "e-f"}, "old"),
        ({"a-b", "c-d", "e-f", "g-b"}, "old"),
        ({"a-b", "c-d", "e-f", "g-b"}, "new"),
        ({"a-b", "e-f", "g-b"}, "new"),
    ]
    assert steps[-1] == new
    assert json.dumps([old, new]) == before


def test_an_interrupted_deployment_is_gone_on_with() -> None:
    """An interrupted deployment continues from any step to the same end."""
    new = template("e-f", "g-b", functions="new")
    steps = [*index_steps(template("a-b", "c-d"), new)]
    for number, step in enumerate(steps[:-1], start=1):
        assert [*map(shown, index_steps(step, new))] == [*map(shown, steps[number:])]
