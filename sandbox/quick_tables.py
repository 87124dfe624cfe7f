"""Reads and updates of moto's tables at a cost that does not grow with the table.

moto 5.1.25 sorts the whole table for each query, copies each item that it reads or updates with
`copy.deepcopy`, several times over, parses each expression anew, twice, validates it in a time that grows
with the square of its length, and lists the methods of its handler at each call.
"""

# moto is typed in part only.
# mypy: disable-error-code="no-untyped-call, attr-defined, assignment"

import copy
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from localstack.utils.patch import Patch
from moto.core import responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

EXPRESSIONS = 1000
"""Update expressions that are remembered; programs have few."""


def quicken_moto() -> None:
    """Apply the corrections, once in a process."""
    vars(responses)["method_names_from_class"] = cache(responses.method_names_from_class)
    Patch.function(Table.query, _query).apply()
    Patch.function(DepthFirstTraverser.traverse, _traverse).apply()
    Patch.function(ConditionExpressionParser.parse, _parse_condition).apply()
    DynamoType.__deepcopy__ = _copied
    Node.__deepcopy__ = _copied_tree
    # What comes of a text depends on nothing else, and is not changed: validators work on a copy of it.
    UpdateExpressionParser.make = lru_cache(EXPRESSIONS)(UpdateExpressionParser.make)


def _query(query: Callable[..., Any], table: Table, hash_key: DynamoType, *rest: Any, **more: Any) -> Any:
    """Query a table that has the items of one partition only. `index_name` is the seventh of the rest."""
    index_name = rest[6] if len(rest) > 6 else more.get("index_name")
    partition = copy.copy(table)
    if index_name is None:
        partition.items = {hash_key: table.items[hash_key]} if hash_key in table.items else {}
    elif any(index.name == index_name for index in table.all_indexes()):
        schema = table.get_index(index_name).schema
        name = next(key["AttributeName"] for key in schema if key["KeyType"] == "HASH")
        partition.items = dict(_with(table, name, hash_key))
    return query(partition, hash_key, *rest, **more)


def _with(table: Table, name: str, value: DynamoType) -> Iterator[tuple[DynamoType, Any]]:
    """What is at each of a table's hash keys, less the items whose attribute has another value."""
    for hash_key, found in table.items.items():
        if isinstance(found, Item):
            if _has(found, name, value):
                yield hash_key, found
        elif some := {key: item for key, item in found.items() if _has(item, name, value)}:
            yield hash_key, some


def _has(item: Item, name: str, value: DynamoType) -> bool:
    there = item.attrs.get(name)
    return there is not None and there == value


def _traverse(_: Callable[..., Node], traverser: Any, root: Node) -> Node:
    """Process an expression's nodes, from the leaves to the root; returns what the root has become.

    Two of moto's validators look at all below a node, for each node: what is wrong in a part is wrong in the
    whole, so that here they look at the root alone. For the rest it is asked once for each class of nodes,
    and not by each of them, whether a traverser processes it.
    """
    if isinstance(traverser, (ActionCountValidator, OverlappingPathsValidator)):
        return traverser.process(root)
    kind = type(traverser)
    is_processed = _kinds.setdefault(kind, _Kinds(traverser.nodes_to_be_processed()))
    prepares = kind.pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child

    def visit(node: Any, place: int) -> Any:
        for number, child in enumerate(node.children or ()):
            if prepares:
                traverser.pre_processing_of_child(node, number)
            if _is_node[type(child)]:
                visit(child, number)
        if not is_processed[type(node)]:
            return node
        parent, made = node.parent, traverser.process(node)
        made.parent = parent
        if parent is not None:
            parent.children[place] = made
        return made

    return visit(root, -1)


class _Kinds(dict[type, bool]):
    """Whether a class is one of some, or comes of one; asked of each class once, since moto's nodes have
    a metaclass that makes `isinstance` slow."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        super().__init__()
        self._kinds = kinds

    def __missing__(self, kind: type) -> bool:
        return self.setdefault(kind, issubclass(kind, self._kinds))


_is_node = _Kinds((Node,))
_kinds: dict[type, _Kinds] = {}


def _copied(value: DynamoType, _memo: dict[int, Any]) -> DynamoType:
    """A copy that shares with the original what never changes: strings, bytes, booleans."""
    made = object.__new__(DynamoType)
    made.type = value.type
    match value.value:
        case list(elements):
            made.value = [_copied(each, _memo) if isinstance(each, DynamoType) else each for each in elements]
        case dict(members):
            made.value = {
                name: _copied(each, _memo) if isinstance(each, DynamoType) else each
                for name, each in members.items()
            }
        case plain:
            made.value = plain
    return made


def _copied_tree(node: Any, _memo: dict[int, Any]) -> Any:
    """A copy of an expression; what its leaves hold is never changed."""
    made = object.__new__(type(node))
    vars(made).update(vars(node), parent=None)
    if node.children is not None:
        made.children = [
            _copied_tree(each, _memo) if isinstance(each, Node) else each for each in node.children
        ]
        for child in made.children:
            if isinstance(child, Node):
                child.parent = made
    return made


class _LastCondition:
    """The condition that was parsed last: moto parses that of a request, and then, with the same names and
    values, that of the operation. It does so in one thread (`sandbox.dynamodb`)."""

    given: tuple[Any, ...] = ()
    """Text, names and values; the very same objects, so that no other request's are taken for them."""
    parsed: Any = None
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def _parse_condition(parse: Callable[..., Any], parser: ConditionExpressionParser) -> Any:
    if not parser.condition_expression:
        return parse(parser)
    last = _LastCondition
    given = (
        parser.condition_expression,
        parser.expression_attribute_names,
        parser.expression_attribute_values,
    )
    if last.given and all(one is other for one, other in zip(given, last.given, strict=True)):
        parser.expr_attr_names_found.extend(last.names)
        parser.expr_attr_values_found.extend(last.values)
        return last.parsed
    last.given = ()  # until it is parsed: it may be wrong
    last.parsed = parse(parser)
    last.names, last.values = tuple(parser.expr_attr_names_found), tuple(parser.expr_attr_values_found)
    last.given = given
    return last.parsed
