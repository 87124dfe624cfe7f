"""Discovery of the kinds of work in a project's package.

Modules are imported independently: if one cannot be imported, the others still work, and the error is
reported when a kind that is not registered is looked up.
"""

import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from lambdas.work.registry import Kind, Registry, UnusableModule
from lambdas.work.time_limit import TimeLimitReached, time_limit

MAX_IMPORT_SECONDS = 8.0
"""Time limit in seconds for importing a module. A function has 10 s to initialize, with all its modules:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""


def discovered(package: str, built_in: Iterable[Kind[Any]]) -> Registry:
    """Return a registry of the built-in kinds and of those in all modules of a package.

    Args:
        package: Name of the package, or of a module.
        built_in: The built-in kinds.
    """
    found = list(built_in)
    unusable = list[UnusableModule]()
    for name in _modules(package, unusable):
        module = _imported(name, unusable)
        if module is not None:
            found += _kinds_of(module)
    kinds = [*_without_doubles(found, unusable)]
    return Registry(kinds, unusable)


def _modules(package: str, unusable: list[UnusableModule]) -> Iterator[str]:
    yield package
    root = sys.modules.get(package)
    if root is None or not hasattr(root, "__path__"):
        return
    for module in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=lambda _: None):
        yield module.name


def _imported(name: str, unusable: list[UnusableModule]) -> ModuleType | None:
    try:
        with time_limit(MAX_IMPORT_SECONDS):
            return import_module(name)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except TimeLimitReached as error:
        unusable.append(
            UnusableModule.of(name, error, f"does not finish importing in {MAX_IMPORT_SECONDS:g} s")
        )
    except BaseException as error:  # noqa: BLE001 # a module may do anything, even exit
        unusable.append(UnusableModule.of(name, error))
    return None


def _kinds_of(module: ModuleType) -> Iterator[Kind[Any]]:
    """Yield the kinds that a module defines, without those it imports."""
    for value in vars(module).values():
        if isinstance(value, Kind) and value.perform.__module__ == module.__name__:
            yield value


def _without_doubles(kinds: Iterable[Kind[Any]], unusable: list[UnusableModule]) -> Iterator[Kind[Any]]:
    """Yield kinds without duplicates; a second kind with the same name makes its module unusable."""
    by_name = dict[str, Kind[Any]]()
    for each in kinds:
        first = by_name.setdefault(each.name, each)
        if first is each:
            yield each
        elif first.perform is not each.perform:
            code = each.perform.__code__
            reason = f"two kinds of work are named {each.name}; the other one is in {_place(first)}"
            unusable.append(
                UnusableModule(
                    name=each.perform.__module__,
                    file=code.co_filename,
                    line=code.co_firstlineno,
                    reason=reason,
                    error=ValueError(reason),
                )
            )


def _place(kind: Kind[Any]) -> str:
    """Return the location of a kind relative to the import root, such as `tasks/resize.py:8`."""
    code = kind.perform.__code__
    path = Path(code.co_filename)
    depth = kind.perform.__module__.count(".") + 1 + (path.stem == "__init__")
    return f"{'/'.join(path.parts[-depth:])}:{code.co_firstlineno}"
