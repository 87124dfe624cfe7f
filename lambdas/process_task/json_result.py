"""Conversion of results to JSON."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from pydantic import BaseModel, JsonValue
from pydantic_core import to_jsonable_python

from lambdas.domain import strict_json
from lambdas.domain.errors import InvalidWork


def as_json(result: object, kind: str) -> JsonValue:
    """Convert a result to the JSON value that is stored.

    Values that JSON lacks, such as models, dates and sets, are converted as pydantic does; bytes must be text
    in UTF-8. An iterator is refused, since it would do a part of the work here, without the kind's timeout.

    Raises:
        InvalidWork: The result cannot be represented as JSON.
    """
    if isinstance(result, Iterator):
        raise InvalidWork(f"the result of {kind} is not JSON: {type(result).__name__}: return a list")
    try:
        value: JsonValue = strict_json.loads(_text(result))
    except Exception as error:  # a model's serializer may raise anything
        raise InvalidWork(f"the result of {kind} is not JSON: {_place(result)}: {error}") from error
    return value


def _text(value: object) -> str:
    return strict_json.dumps(to_jsonable_python(value, by_alias=True))


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
            name = type(found).__name__
            return f"{'.'.join(path)} ({name})" if path else name
    return type(result).__name__  # nested too deeply, or in itself


def _is_json(value: object) -> bool:
    try:
        _text(value)
    except Exception:  # noqa: BLE001 # see as_json
        return False
    return True


def _members(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            yield from ((str(name), member) for name, member in value.items())
        case list() | tuple() | set() | frozenset():
            yield from ((str(index), member) for index, member in enumerate(value))
        case BaseModel():
            yield from value
        case _ if is_dataclass(value):
            yield from ((each.name, getattr(value, each.name)) for each in fields(value))
