"""What filter expressions ask of: a trace, or a service in it."""

from collections.abc import Mapping
from dataclasses import dataclass

type Value = str | float | bool


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Indexed fields by the keywords of filter expressions; a keyword may have several values.

    `flags` are the boolean keywords that hold. `annotations` and `services` are those in it.
    """

    flags: frozenset[str]
    numbers: Mapping[str, tuple[float, ...]]
    strings: Mapping[str, tuple[str, ...]]
    annotations: Mapping[str, tuple[Value, ...]]
    services: tuple["Subject", ...] = ()
