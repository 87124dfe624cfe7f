"""Update expressions, parsed once for each text, and validated in a time that grows with their length.

moto 5.1.25 parses that of a request anew, twice, and validates it in ten passes, of which some look, at each
node, at all that is below it.
"""

# moto is typed in part only.
# mypy: disable-error-code="no-untyped-call, attr-defined"

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.parsing.ast_nodes import (
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionFunction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

REMEMBERED = 1000
"""Update expressions; programs have few."""


def parse_each_text_once() -> None:
    """Apply the correction, once in a process.

    What comes of a text depends on nothing else, and is not changed: validators work on a copy of it.
    """
    UpdateExpressionParser.make = lru_cache(REMEMBERED)(UpdateExpressionParser.make)
    Node.__deepcopy__ = _copied


def validate_quickly() -> None:
    """Apply the corrections, once in a process."""
    Patch.function(DepthFirstTraverser.traverse, _traverse).apply()
    Patch.function(Node.find_clauses, _find_clauses).apply()


class _Which(dict[type, type | None]):
    """Which of some classes another one is or comes from, the first one; asked of each class once, since
    moto's nodes have a metaclass that makes `isinstance` slow."""

    def __init__(self, *kinds: type) -> None:
        super().__init__()
        self._kinds = kinds

    def __missing__(self, kind: type) -> type | None:
        return self.setdefault(kind, next((each for each in self._kinds if issubclass(kind, each)), None))


_node = _Which(Node)
_with_clauses = _Which(Expression, UpdateExpressionFunction)
_action = _Which(
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
)
_processed: dict[type, _Which] = {}


def _nodes(root: Node, found: list[Node] | None = None) -> list[Node]:
    """An expression's nodes, from the leaves to the root."""
    found = [] if found is None else found
    for child in root.children or ():
        if _node[type(child)]:
            _nodes(child, found)
    found.append(root)
    return found


def _copied(root: Node, _memo: dict[int, Any]) -> Node:
    """A copy of an expression; what its leaves hold is never changed."""
    parts = vars(root).get("parts")
    if parts is None:
        parts = root.parts = _parts(root)
    made: list[Node] = []
    for kind, children, below in parts:
        node = object.__new__(kind)
        node.type, node.parent, node.children = kind.__name__, None, children and children.copy()
        for number, place in below:
            node.children[number] = made[place]
            made[place].parent = node
        made.append(node)
    made[-1].nodes = made
    return made[-1]


def _parts(root: Node) -> list[tuple[type[Node], list[Any] | None, list[tuple[int, int]]]]:
    """How to make an expression, from its leaves to its root: each node's class and children, and which of
    those are nodes themselves, made at which place."""
    nodes = _nodes(root)
    places = {id(node): place for place, node in enumerate(nodes)}
    return [
        (
            type(node),
            node.children,
            [(n, places[id(child)]) for n, child in enumerate(node.children or ()) if id(child) in places],
        )
        for node in nodes
    ]


def _traverse(_: Callable[..., Node], traverser: Any, root: Node) -> Node:
    """Process an expression's nodes, from the leaves to the root; returns what the root has become.

    Two of moto's validators look at all below a node, for each node: what is wrong in a part is wrong in the
    whole, so that here they look at the root alone. For the rest it is asked once for each class of nodes,
    and not by each of them, by what a traverser processes it. Only those that it processes are visited.
    """
    if isinstance(traverser, (ActionCountValidator, OverlappingPathsValidator)):
        return traverser.process(root)
    processors = traverser._processing_map()
    kinds = _processed.get(type(traverser))
    if kinds is None:
        kinds = _processed[type(traverser)] = _Which(*processors)
    prepares = type(traverser).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    nodes: list[Node] = vars(root).get("nodes") or _nodes(root)
    replaced: dict[int, Node] = {}
    grown = False
    for node in [node for node in nodes if kinds[type(node)] is not None]:
        if prepares:
            _prepare(traverser, node)
        made = processors[kinds[type(node)]](node)
        if made is node:
            continue
        grown = grown or any(_node[type(child)] for child in node.children)
        replaced[id(node)] = made
        made.parent = node.parent
        if made.parent is not None:
            made.parent.children[_number(node)] = made
    root = replaced.get(id(root), root)
    if replaced:
        nodes = _nodes(root) if grown else [replaced.get(id(node), node) for node in nodes]
    root.nodes = nodes
    return root


def _prepare(traverser: Any, node: Node) -> None:
    """Tell the traverser in which of an action's children a node is, on which depends what it does."""
    while node.parent is not None and not _action[type(node.parent)]:
        node = node.parent
    if node.parent is not None:
        traverser.pre_processing_of_child(node.parent, _number(node))


def _number(node: Node) -> int:
    """The place of a node among its parent's children."""
    return next(number for number, child in enumerate(node.parent.children) if child is node)


def _find_clauses(_: Callable[..., Any], node: Node, kinds: Sequence[type[Node]]) -> list[Node]:
    """The clauses of some classes below a node, from left to right; none of what is below one of them."""
    return _clauses(node, kinds, [])


def _clauses(node: Node, kinds: Sequence[type[Node]], found: list[Node]) -> list[Node]:
    for child in node.children or ():
        if type(child) in kinds:
            found.append(child)
        elif _with_clauses[type(child)]:
            _clauses(child, kinds, found)
    return found
