"""Discovery of the kinds of work in a project's package.

Modules are imported independently: if one cannot be imported, the others still work, and the error is
reported when a kind that is not registered is looked up.
"""

import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from lambdas.work.registry import Kind, Registry, UnusableModule
from lambdas.work.time_limit import TimeLimit, TimeLimitReached

MAX_IMPORT_SECONDS = 8.0
"""Time limit in seconds for importing a module. A function has 10 s to initialize, with all its modules:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""


def discovered(package: str, built_in: Iterable[Kind[Any]]) -> Registry:
    """Return a registry of the built-in kinds and of those in all modules of a package.

    Args:
        package: Name of the package, or of a module.
        built_in: The built-in kinds.
    """
    kinds = {each.name: each for each in built_in}
    seen = {id(each) for each in kinds.values()}
    unusable = list[UnusableModule]()
    for name in _modules(package):
        module = _imported(name, unusable)
        for each in _kinds_of(module) if module is not None else ():
            if id(each) in seen:
                continue  # imported from another module, or named twice in this one
            seen.add(id(each))
            if reason := _doubled(each, kinds.get(each.name)) or _incomplete(each):
                unusable.append(unusable_kind(each, name, ValueError(reason), reason))
            else:
                kinds[each.name] = each
    return Registry(kinds.values(), unusable)


def _modules(name: str) -> Iterator[str]:
    """Yield a module's name and, once the caller has imported it, those of the modules in it.

    A `__main__` is left out, since it is a program.
    """
    yield name
    folders = getattr(sys.modules.get(name), "__path__", ())
    for found in pkgutil.iter_modules(folders, f"{name}."):
        if found.ispkg:
            yield from _modules(found.name)
        elif not found.name.endswith(".__main__"):
            yield found.name


def _imported(name: str, unusable: list[UnusableModule]) -> ModuleType | None:
    try:
        with TimeLimit(MAX_IMPORT_SECONDS).enforced():
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
    """Yield the kinds that have a name in a module: those of its own functions and those that it imports."""
    yield from (value for value in [*vars(module).values()] if isinstance(value, Kind))


def _doubled(kind: Kind[Any], first: Kind[Any] | None) -> str:
    """Return the reason if another kind has the same name; else an empty string."""
    if first is None:
        return ""
    return f"two kinds of work are named {kind.name}; the other one is in {_place(first)}"


def _incomplete(kind: Kind[Any]) -> str:
    """Return the reason if types of the payload's fields are undefined; else an empty string."""
    if kind.payload.__pydantic_complete__:
        return ""
    try:
        kind.payload.model_rebuild()
    except Exception as error:  # noqa: BLE001 # a type may raise anything
        return f"the payload of {kind.name} cannot be used: {first_line(error)}"
    return ""


def unusable_kind(kind: Kind[Any], module: str, error: Exception, reason: str) -> UnusableModule:
    """Return an error of a kind, located by its function."""
    code = _code(kind)
    return UnusableModule(
        name=module, file=code.co_filename, line=code.co_firstlineno, reason=reason, error=error
    )


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, without the address of a page that pydantic appends."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _code(kind: Kind[Any]) -> CodeType:
    code: CodeType = inspect.unwrap(kind.perform).__code__
    return code


def _place(kind: Kind[Any]) -> str:
    """Return the location of a kind relative to the import root, such as `tasks/resize.py:8`."""
    code = _code(kind)
    path = Path(code.co_filename)
    depth = kind.perform.__module__.count(".") + 1 + (path.stem == "__init__")
    return f"{'/'.join(path.parts[-depth:])}:{code.co_firstlineno}"
