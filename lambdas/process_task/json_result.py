"""Conversion of results to JSON."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass

from pydantic import BaseModel, JsonValue, PlainSerializer, WrapSerializer
from pydantic_core import to_jsonable_python

from lambdas.domain import strict_json
from lambdas.domain.errors import InvalidWork


def as_json(result: object, kind: str) -> JsonValue:
    """Convert a result to the JSON value that is stored.

    Values that JSON lacks, such as models, dates and sets, are converted as pydantic does; bytes must be text
    in UTF-8. An iterator, at any depth, is refused, since it would do a part of the work here, without the
    kind's timeout. So are keys of a dictionary that are the same in JSON, such as 1 and "1".

    Raises:
        InvalidWork: The result cannot be represented as JSON.
    """
    try:
        text = None
        with suppress(TypeError):
            text = strict_json.dumps(result)
        if text is None:
            _check(result)
            text = _converted(result)
        value: JsonValue = strict_json.loads(text)
    except _Ambiguous as error:
        raise InvalidWork(f"the result of {kind} is not JSON: {error}") from None
    except Exception as error:  # a model's serializer may raise anything
        raise InvalidWork(f"the result of {kind} is not JSON: {_place(result)}: {error}") from error
    return value


def _converted(value: object) -> str:
    return strict_json.dumps(to_jsonable_python(value, by_alias=True))


class _Ambiguous(Exception):
    """Pydantic would convert the result, but must not; the message has the place and the reason."""


def _check(result: object) -> None:
    """Search a result for iterators, and for keys that JSON would not tell apart.

    Raises:
        _Ambiguous: There is such a value.
    """
    stack, seen = [(list[str](), result)], dict[int, object]()
    while stack:
        path, value = stack.pop()
        if isinstance(value, Iterator):
            raise _Ambiguous(f"{_named(path, value)}: return a list")
        if isinstance(value, dict) and (key := _unclear_key(value)):
            raise _Ambiguous(f"{_named(path, value)}: {key}")
        # Contents are kept in `seen`, so that no other object gets their id.
        if id(value) not in seen and len(path) < strict_json.MAX_DEPTH:
            seen[id(value)] = value
            inner = [each for each in _members(value) if not isinstance(each[1], str | int | float | None)]
            stack += reversed([([*path, name], member) for name, member in inner])


def _unclear_key(value: dict[object, object]) -> str:
    """Return the reason if pydantic would lose or misspell a key of a dictionary; else an empty string."""
    if all(isinstance(key, str) for key in value):
        return ""
    if None in value:
        return "the key None"
    names = Counter[str](name for key in value for name in to_jsonable_python({key: None}))
    [(name, times)] = names.most_common(1)
    return f"the key {name[:40]!r} is repeated" if times > 1 else ""


def _place(result: object) -> str:
    """Return the path and the type of the innermost value that is not JSON, such as `rows.0 (object)`."""
    path, found = list[str](), result
    for _ in range(strict_json.MAX_DEPTH):
        for name, member in _members(found):
            if not _is_json(member):
                path.append(name)
                found = member
                break
        else:
            return _named(path, found)
    return type(result).__name__  # nested too deeply, or in itself


def _named(path: list[str], value: object) -> str:
    name = type(value).__name__
    return f"{'.'.join(path)} ({name})" if path else name


def _is_json(value: object) -> bool:
    try:
        _converted(value)
    except Exception:  # noqa: BLE001 # see as_json
        return False
    return True


def _members(value: object) -> list[tuple[str, object]]:
    """Return the members of a value with their names; none if they cannot be read."""
    try:
        return [*_read(value)]
    except Exception:  # noqa: BLE001 # see as_json
        return []


def _unconverted(model: BaseModel) -> Iterator[tuple[str, object]]:
    """Yield the fields of a model that have no serializers of their own."""
    converted = {
        name
        for each in type(model).__pydantic_decorators__.field_serializers.values()
        for name in each.info.fields
    }
    for name, field in type(model).model_fields.items():
        has_own = any(isinstance(each, PlainSerializer | WrapSerializer) for each in field.metadata)
        if not (field.exclude or has_own or converted.intersection((name, "*"))):
            yield name, getattr(model, name, None)  # `model_construct` may leave it out
    yield from (model.model_extra or {}).items()


def _read(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            yield from ((str(name), member) for name, member in value.items())
        case list() | tuple() | set() | frozenset() | deque():
            yield from ((str(index), member) for index, member in enumerate(value))
        case BaseModel() if not type(value).__pydantic_decorators__.model_serializers:
            yield from _unconverted(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield from ((each.name, getattr(value, each.name)) for each in fields(value))
