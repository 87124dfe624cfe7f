"""JSON of options and conditions: the API's names, and times as texts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from lambdas.domain.serialization import rfc3339


def options_json(options: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the options of a submission, omitting those that are None.

    Raises:
        ValueError: If an option is given twice, under its name in Python and under that of the API.
    """
    return _json(options, rfc3339)


def conditions_json(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Convert conditions on tasks, omitting those that are None.

    Raises:
        ValueError: If a condition is an empty list, which a URL cannot express, or is given twice.
    """
    if empty := [name for name, value in conditions.items() if isinstance(value, list) and not value]:
        raise ValueError(f"{empty[0]} is an empty list, which no task matches")
    return _json(conditions, _limit)


def _limit(moment: datetime) -> str:
    """Format a time that limits others. It keeps its microseconds, as the API rounds a limit up."""
    text, microseconds = rfc3339(moment), moment.microsecond % 1000
    return f"{text.removesuffix('Z')}{microseconds:03}Z" if microseconds else text


def _json(values: Mapping[str, Any], written: Callable[[datetime], str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            if (key := to_camel(name)) in found:
                raise ValueError(f"{key} is given twice")
            found[key] = written(value) if isinstance(value, datetime) else value
    return found
