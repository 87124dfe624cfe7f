"""Correctness of faster tables: moto's results and validation, without state from other requests."""

from functools import partial
from typing import Any

import pytest
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from sandbox.speed.tables.conditions import _parse
from sandbox.speed.tables.updates import _copied, _find_clauses, _traverse, parsed

NAMES = {"#s": "status"}
ITEM = Item(
    DynamoType({"S": "1"}),
    None,
    {"id": {"S": "1"}, "status": {"S": "a"}, "n": {"N": "3"}, "aList": {"L": []}},
)


def parser(text: str | None, names: Any, values: Any) -> ConditionExpressionParser:
    return ConditionExpressionParser(text, names, values)


def holds(text: str | None, values: Any, names: Any = NAMES) -> Any:
    """Return whether the condition holds for ITEM."""
    return _parse(ConditionExpressionParser.parse, parser(text, names, values)).expr(ITEM)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("#s = :x", {"S": "a"}, {"S": "b"}),
        ("#s = :x", {"S": "a"}, {"N": "1"}),
        ("attribute_exists(id) AND NOT (n < :x OR attribute_exists(gone))", {"N": "3"}, {"N": "4"}),
        ("n BETWEEN :x AND :y", {"N": "2"}, {"N": "4"}),
        ("n IN (:y, :x)", {"N": "3"}, {"N": "4"}),
        ("begins_with(#s, :x)", {"S": "a"}, {"S": "b"}),
        ("contains(#s, :x)", {"S": "a"}, {"S": "b"}),
        ("size(#s) = :x", {"N": "1"}, {"N": "2"}),
        ("attribute_type(id, :x)", {"S": "S"}, {"S": "N"}),
        ("aList = :x", {"L": []}, {"L": [{"S": "a"}]}),
    ],
)
def test_a_text_that_is_known_holds_for_the_values_that_are_given(
    text: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """A condition that was parsed before gives moto's result for other values."""
    for value in (right, wrong, right):
        values = {":x": value, ":y": {"N": "5"}}
        motos, ours = parser(text, NAMES, values), parser(text, NAMES, values)
        assert _parse(ConditionExpressionParser.parse, ours).expr(ITEM) is (value is right)
        assert motos.parse().expr(ITEM) is (value is right)
        assert ours.expr_attr_names_found == motos.expr_attr_names_found
        assert ours.expr_attr_values_found == motos.expr_attr_values_found


def test_a_name_that_means_something_else_is_another_condition() -> None:
    assert holds("attribute_exists(#x)", {}, {"#x": "status"})
    assert not holds("attribute_exists(#x)", {}, {"#x": "gone"})


def test_a_wrong_condition_is_refused_each_time() -> None:
    """An invalid condition is refused each time, and does not affect requests without one."""
    for _ in range(2):
        with pytest.raises(MockValidationException):
            holds("status = :x", {":x": {"S": "a"}})  # a reserved word
        with pytest.raises(KeyError):
            holds("#s = :y", {":x": {"S": "a"}})
    assert holds(None, None, None)


MOTOS_OWN = DepthFirstTraverser.traverse


def validated(text: str) -> Any:
    """Return an update expression's nodes, or the refusal's type and text."""
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    keys = [{"AttributeName": "id", "AttributeType": "S"}]
    table = Table("t", "000000000000", "us-east-1", schema=schema, attr=keys)  # type: ignore[abstract]
    item = table.put_item(
        {
            "id": {"S": "1"},
            "n": {"N": "3"},
            "aList": {"L": [{"S": "a"}, {"S": "b"}]},
            "aMap": {"M": {"deep": {"S": "x"}}},
            "aSet": {"SS": ["a", "b"]},
        }
    )
    try:
        nodes = UpdateExpressionValidator(
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
        ).validate()
        nodes.normalize()
        return shown(nodes)
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
        "REMOVE aList[0], nothing, aList[1] SET #s = :text ADD n :one",
        "ADD aSet :one",
    ],
)
def test_an_update_is_validated_as_moto_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Validating an update expression gives moto's nodes, or moto's refusal."""
    expected = validated(text)
    monkeypatch.setattr(UpdateExpressionParser, "make", partial(parsed, UpdateExpressionParser.make))
    monkeypatch.setattr(
        DepthFirstTraverser, "traverse", lambda traverser, root: _traverse(MOTOS_OWN, traverser, root)
    )
    monkeypatch.setattr(Node, "find_clauses", lambda node, kinds: _find_clauses(MOTOS_OWN, node, kinds))
    monkeypatch.setattr(Node, "__deepcopy__", _copied, raising=False)
    assert validated(text) == expected


def test_some_of_those_updates_are_right() -> None:
    """The update expressions above include valid and invalid ones."""
    assert validated("SET #s = :text")[0] == "UpdateExpression"
    assert issubclass(validated("REMOVE a, b REMOVE c")[0], MockValidationException)
