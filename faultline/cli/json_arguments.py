"""Parsing of arguments that are JSON, or name a file with JSON."""

from pathlib import Path
from typing import Any

import typer

from lambdas.domain import strict_json


def json_argument(name: str, text: str) -> Any:
    """Parse an argument: JSON, or `@` and the name of a file with JSON.

    Raises:
        BadParameter: If the argument is not JSON, or the file cannot be read.
    """
    try:
        return strict_json.loads(Path(text[1:]).read_bytes() if text.startswith("@") else text)
    except OSError as error:
        raise typer.BadParameter(f"{name}: {text[1:]} cannot be read: {error.strerror}") from error
    except strict_json.InvalidJson as error:
        raise typer.BadParameter(f"{name} is not JSON: {error}") from error
