"""Quicker tables are right: nothing of another request's condition, and the validation that moto makes."""

# moto is typed in part only.
# mypy: disable-error-code="attr-defined, abstract"

from typing import Any

import pytest
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from sandbox.quick_tables import _parse_condition, _traverse


def parsed(text: str | None, names: Any, values: Any) -> Any:
    return _parse_condition(ConditionExpressionParser.parse, ConditionExpressionParser(text, names, values))


def test_a_request_is_parsed_once() -> None:
    """The same text, names and values, as objects, have the same outcome; equal ones have their own."""
    text, values = "x = :x", {":x": {"S": "a"}}
    names: dict[str, str] = {}
    first = parsed(text, names, values)
    assert parsed(text, names, values) is first
    assert parsed(text, names, {":x": {"S": "a"}}) is not first


def test_no_condition_is_none_after_a_wrong_one() -> None:
    """What has no condition always holds, also when the last one that was given could not be parsed."""
    assert not parsed("attribute_exists(id)", {}, {}).expr(None)
    with pytest.raises(MockValidationException):
        parsed("status = :x", {}, {":x": {"S": "a"}})  # a reserved word
    assert parsed(None, None, None).expr(None)


MOTOS_OWN = DepthFirstTraverser.traverse


def validated(text: str) -> Any:
    """What moto makes of an update expression: its nodes, or its refusal."""
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    keys = [{"AttributeName": "id", "AttributeType": "S"}]
    table = Table("t", "000000000000", "us-east-1", schema=schema, attr=keys)
    item = table.put_item(
        {
            "id": {"S": "1"},
            "n": {"N": "3"},
            "aList": {"L": [{"S": "a"}, {"S": "b"}]},
            "aMap": {"M": {"deep": {"S": "x"}}},
            "aSet": {"SS": ["a", "b"]},
        }
    )
    validator = UpdateExpressionValidator(
        UpdateExpressionParser.make(text),
        expression_attribute_names={"#s": "status", "#n": "n", "#m": "aMap", "#id": "id"},
        expression_attribute_values={
            ":one": {"N": "1"},
            ":text": {"S": "text"},
            ":more": {"L": [{"S": "c"}]},
            ":set": {"SS": ["b", "c"]},
        },
        item=item,
        table=table,
    )
    try:
        return shown(validator.validate())
    except Exception as refusal:  # noqa: BLE001 # whatever it is, it is to be the same
        return type(refusal), str(refusal)


def shown(node: Any) -> Any:
    if isinstance(node, Node):
        return type(node).__name__, [shown(child) for child in node.children or ()]
    return node.to_json() if isinstance(node, DynamoType) else node


@pytest.mark.parametrize(
    "text",
    [
        "SET #s = :text",
        "SET #s = :text, #n = #n + :one, #m.deep = :text REMOVE aList[0], nothing ADD aSet :set",
        "SET aList = list_append(aList, :more), a = if_not_exists(a, :one), b = if_not_exists(n, :one)",
        "DELETE aSet :set REMOVE #m.deep, aList[1]",
        "SET #n = #n - :one ADD m :one",
        "SET #m.gone.deeper = :text",
        "SET a = nothing",
        "SET a = nothing + :one",
        "SET a = :text + :one",
        "SET a = list_append(:text, aList)",
        "SET a = :missing",
        "SET #missing = :one",
        "SET id = :text",
        "SET #id = :text, a = :one",
        "REMOVE a, b REMOVE c",
        "SET a = :one SET b = :one",
        "ADD n :one ADD m :one",
        "SET a = :one, b = :one, a = :text",
        "SET #m.deep = :text, #m = :text REMOVE a",
        "SET #n = :one REMOVE #n",
        "ADD aSet :one",
    ],
)
def test_an_update_is_validated_as_moto_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same nodes, or the same refusal."""
    expected = validated(text)
    monkeypatch.setattr(
        DepthFirstTraverser, "traverse", lambda traverser, root: _traverse(MOTOS_OWN, traverser, root)
    )
    assert validated(text) == expected


def test_some_of_those_updates_are_right() -> None:
    """And some wrong: else the test above compares nothing."""
    assert validated("SET #s = :text")[0] == "UpdateExpression"
    assert issubclass(validated("REMOVE a, b REMOVE c")[0], MockValidationException)
