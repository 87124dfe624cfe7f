"""Search for kinds of work that are never imported, in folders of a package without an `__init__.py`.

Only commands and tests search: a folder may have thousands of files, which a function must not read when it
starts.
"""

import ast
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from lambdas.work.registry import UnusableModule

_WORK = "faultline.work"


def unimported_kinds(package: str) -> Iterator[UnusableModule]:
    """Yield the modules with kinds in folders without an `__init__.py`, unless another module imports them.

    Such a folder may also have programs or data, which are not meant to be imported.

    Args:
        package: Name of the package, which has been imported with its modules.
    """
    for name, folder in _folders(package):
        for path in sorted(folder.rglob("*.py")):
            inside = path.relative_to(folder.parent).with_suffix("").parts
            module = ".".join((name, *inside))
            if module in sys.modules or any(part.startswith(".") for part in inside):
                continue
            if line := _line_of_kind(path):
                reason = f"is not imported, since the folder {inside[0]} has no __init__.py"
                yield UnusableModule(
                    name=module, file=str(path), line=line, reason=reason, error=ImportError(reason)
                )


def _folders(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the folders without an `__init__.py` in a package's folders, and the name of the package."""
    for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        for folder in getattr(sys.modules[name], "__path__", ()):
            for path in sorted(Path(folder).glob("*/")):
                if not (path.name.startswith(".") or (path / "__init__.py").exists()):
                    yield name, path


def _line_of_kind(path: Path) -> int | None:
    """Return the line of the first call of `faultline.work.kind` in a file; None if there is none."""
    try:
        text = path.read_text(errors="replace")
        if "faultline" not in text or "kind" not in text:
            return None
        with warnings.catch_warnings(action="ignore"):
            nodes = [*ast.walk(ast.parse(text))]
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None  # perhaps data
    spellings = {spelling for node in nodes for spelling in _spellings(node)}
    calls = [node for node in nodes if isinstance(node, ast.Call)] if spellings else []
    return min((each.lineno for each in calls if _spelled(each.func) in spellings), default=None)


def _spelled(node: ast.expr) -> str:
    """Return a name with the names before its dots; empty for any other expression, which may be long."""
    names = list[str]()
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _spellings(node: ast.AST) -> Iterator[str]:
    """Yield what an import lets code write for `faultline.work.kind`."""
    match node:
        case ast.ImportFrom(module="faultline.work", level=0):
            yield from (each.asname or "kind" for each in node.names if each.name in ("kind", "*"))
        case ast.ImportFrom(module="faultline", level=0):
            yield from (f"{each.asname or each.name}.kind" for each in node.names if each.name == "work")
        case ast.Import():
            yield from (f"{each.asname or each.name}.kind" for each in node.names if each.name == _WORK)
