"""Cached parsing of update expressions, and validation in linear time.

moto parses an expression twice per request and validates it in ten passes, some of which visit the whole
subtree of each node. What depends on the text alone is done once here: an expression's clauses are counted,
and its actions become the root's children, as moto itself arranges them at the end.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
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
"""Maximum number of cached expressions. Programs use few."""


def parse_each_text_once() -> None:
    """Make moto cache parsed update expressions. Call this only once.

    The result depends only on the text and is not changed, since validators work on a copy.
    """
    parse = partial(parsed, UpdateExpressionParser.make)
    Patch(UpdateExpressionParser, "make", lru_cache(REMEMBERED)(parse)).apply()
    # moto has no such method, so there is nothing to patch.
    setattr(Node, "__deepcopy__", _copied)  # noqa: B010 - mypy refuses a new attribute


def parsed(parse: Callable[[str], Node], text: str) -> Node:
    """Parse an expression, count its clauses and arrange its actions."""
    root = parse(text)
    ActionCountValidator().process(root)
    root.normalize()
    root.clauses = {}
    return root


def validate_quickly() -> None:
    """Make moto validate update expressions in linear time. Call this only once."""
    Patch.function(DepthFirstTraverser.traverse, _traverse).apply()
    Patch.function(Node.find_clauses, _find_clauses).apply()


class _Which(dict[type, type | None]):
    """A lookup of the first of several classes that a given class is derived from, or None.

    Cached for each class, since the metaclass of moto's nodes makes `isinstance` slow.
    """

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
    """Return an expression's nodes, from the leaves to the root."""
    found = [] if found is None else found
    for child in root.children or ():
        if _node[type(child)]:
            _nodes(child, found)
    found.append(root)
    return found


def _copied(root: Node, _memo: dict[int, Any]) -> Node:
    """Copy an expression. The values of its leaves are shared, since they never change."""
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
    """Return a plan for building an expression from its leaves to its root.

    Each node has its class, its children, and the positions in the plan of those children that are nodes.
    """
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
    """Process an expression's nodes from the leaves to the root, and return the new root.

    A validator of moto's visits the whole subtree of the node that it is given, so here it is given the root
    alone, and clauses have been counted before. For the other validators, the processor is looked up once per
    class of nodes, and only nodes with a processor are visited.
    """
    if isinstance(traverser, ActionCountValidator):
        return root
    if isinstance(traverser, OverlappingPathsValidator):
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
    """Pass the traverser the child of an action that contains a node: the node's processing needs it."""
    while node.parent is not None and not _action[type(node.parent)]:
        node = node.parent
    if node.parent is not None:
        traverser.pre_processing_of_child(node.parent, _number(node))


def _number(node: Node) -> int:
    """Return the index of a node among its parent's children."""
    return next(number for number, child in enumerate(node.parent.children) if child is node)


def _find_clauses(_: Callable[..., Any], node: Node, kinds: Sequence[type[Node]]) -> list[Node]:
    """Return the outermost clauses of some classes below a node, from left to right."""
    known: dict[tuple[type[Node], ...], list[Node]] | None = vars(node).get("clauses")
    if known is None:  # only an expression as it was parsed never changes
        return _clauses(node, kinds, [])
    of = tuple(kinds)
    if of not in known:
        known[of] = _clauses(node, kinds, [])
    return known[of]


def _clauses(node: Node, kinds: Sequence[type[Node]], found: list[Node]) -> list[Node]:
    for child in node.children or ():
        if type(child) in kinds:
            found.append(child)
        elif _with_clauses[type(child)]:
            _clauses(child, kinds, found)
    return found
