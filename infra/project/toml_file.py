"""A TOML file whose errors are reported with line numbers."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.errors import InvalidProject

_HEADER = re.compile(r"\s*\[{1,2}\s*(?P<name>[^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?P<name>[\w.-]+|"[^"]*"|'[^']*')\s*=""")
_POSITION = re.compile(r"\(at line (\d+), column \d+\)")


class TomlFile:
    """A parsed TOML file.

    Raises:
        InvalidProject: The file cannot be read, or is not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            self.values: Mapping[str, Any] = tomllib.loads(text)
        except UnicodeDecodeError as error:
            raise InvalidProject(f"{path}: is not UTF-8 text") from error
        except OSError as error:
            raise InvalidProject(f"{path}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            found = _POSITION.search(str(error))
            reason = _POSITION.sub("", str(error)).strip()
            raise InvalidProject(f"{path}:{found[1] if found else 1}: {reason}") from error
        self._lines = {key: line for line, key in _keys(text)} if text else {}

    def refused(self, reason: str, *keys: str | int) -> InvalidProject:
        """Return an error about a value, with the file and line.

        Args:
            reason: The error, such as `unknown key 'kind'`.
            keys: The keys that lead to the value; a number selects a table of an array.
        """
        wanted = [str(key) for key in keys]
        while wanted and tuple(wanted) not in self._lines:
            wanted.pop()
        return InvalidProject(f"{self.path}:{self._lines.get(tuple(wanted), 1)}: {reason}")


def _keys(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return the keys of a file, each with the number of its line; the tables of an array are numbered."""
    found = list[tuple[int, tuple[str, ...]]]()
    table: tuple[str, ...] = ()
    counts = dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header["name"]
            table = _parts(name)
            if line.lstrip().startswith("[["):
                table += (str(counts.get(name, 0)),)
                counts[name] = counts.get(name, 0) + 1
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, *_parts(key["name"]))))
    return found


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))
