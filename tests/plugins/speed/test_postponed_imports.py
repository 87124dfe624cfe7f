"""Modules whose import is postponed until they are used."""

import ast
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec, resolve_name
from pathlib import Path

import pytest

from sandbox.speed import postponed_imports
from sandbox.speed.postponed_imports import POSTPONED, Finder, Later

UNREACHABLE = {"localstack.aws.handlers.validation", "moto.apigateway.models"}
"""Modules in which the code that catches postponed exceptions is never called (see POSTPONED)."""

TABLE = """
import tides.deep
from .high import Tide, at, levels
from .screen import Screen

screen = Screen("blue")

def tell(when: Tide) -> tuple:
    return at(when), levels["spring"], "neap" in levels, tides.deep.METRES, screen.colour
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], set[str]]]:
    """Provide a function that lists the modules imported so far by a package that postpones imports."""
    folder = tmp_path / "tides"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "table.py").write_text(TABLE)
    (folder / "high.py").write_text("class Tide: pass\nlevels = {'spring': 7}\nat = '{} m'.format")
    (folder / "deep.py").write_text("METRES = 90")
    (folder / "screen.py").write_text("class Screen:\n    def __init__(self, colour): self.colour = colour")
    others = frozenset({"tides.high", "tides.deep", "tides.screen"})
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [Finder({"tides.table": others}), *sys.meta_path])
    monkeypatch.setattr(postponed_imports, "OBJECTS", frozenset({"tides.screen"}))
    yield lambda: {name for name in others if name in sys.modules}
    for name in [each for each in sys.modules if each.partition(".")[0] == "tides"]:
        del sys.modules[name]


def test_modules_are_imported_when_they_are_used(loaded: Callable[[], set[str]]) -> None:
    table = import_module("tides.table")
    assert not loaded()
    assert table.tell("5") == ("5 m", 7, False, 90, "blue")
    assert len(loaded()) == 3


def test_others_import_as_always(loaded: Callable[[], set[str]]) -> None:
    """A module that is postponed for one importer is imported at once for another."""
    import_module("tides.table")
    high = import_module("tides.high")
    assert isinstance(high.Tide, type)
    assert loaded() == {"tides.high"}


def test_an_object_is_made_once() -> None:
    numbers = iter(range(9))
    later = Later(lambda: [next(numbers)])
    assert (later[0], 0 in later, [*later], later.index(0)) == (0, True, [0], 0)
    assert next(numbers) == 1


@pytest.mark.parametrize("importer", POSTPONED)
def test_what_is_postponed_is_imported_by_localstack(importer: str) -> None:
    """LocalStack still imports the postponed modules. If this fails, the entry in POSTPONED can go."""
    found = {module for module, _ in _imports(_parsed(importer), importer)}
    assert POSTPONED[importer] <= found


@pytest.mark.parametrize("importer", sorted(POSTPONED.keys() - UNREACHABLE))
def test_what_is_postponed_need_not_be_a_class(importer: str) -> None:
    """Postponed names are never caught, inherited from, or used with isinstance."""
    tree = _parsed(importer)
    names = {name for module, name in _imports(tree, importer) if module in POSTPONED[importer]}
    classes = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type:
            classes |= _names(node.type)
        elif isinstance(node, ast.ClassDef):
            classes |= {name for base in node.bases for name in _names(base)}
        elif isinstance(node, ast.Call) and _names(node.func) & {"isinstance", "issubclass"}:
            classes |= _names(node.args[1])
    assert not names & classes


def _parsed(module: str) -> ast.Module:
    spec = find_spec(module)
    assert spec
    assert spec.origin
    return ast.parse(Path(spec.origin).read_text())


def _imports(tree: ast.Module, importer: str) -> Iterator[tuple[str, str]]:
    """Yield the module of each import with the name that the import binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), importer.rpartition(".")[0])
            yield from ((module, alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname or alias.name.partition(".")[0]) for alias in node.names)


def _names(expression: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
