"""Parsing of arguments that are JSON objects, or name a file with one."""

from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import typer

from lambdas.domain import strict_json


def json_argument(name: str, text: str) -> dict[str, Any]:
    """Parse an argument: a JSON object, or `@` and the name of a file with one.

    Raises:
        BadParameter: If the argument is not a JSON object, or the file cannot be read.
    """
    try:
        value = strict_json.loads(_content(Path(text[1:])) if text.startswith("@") else text)
    except OSError as error:
        raise typer.BadParameter(f"{name}: {text[1:]} cannot be read: {error.strerror}") from error
    except strict_json.InvalidJson as error:
        raise typer.BadParameter(f"{name} is not JSON: {error}") from error
    if not isinstance(value, dict):  # in a request, null would mean that nothing was given
        raise typer.BadParameter(f"{name} is not a JSON object")
    return value


def _content(path: Path) -> bytes:
    """Read a file, without the byte order mark with which some editors begin one."""
    return path.read_bytes().removeprefix(BOM_UTF8)
