"""JSON formatting that keeps values on one line if they fit."""

import json
from typing import Any

_WIDTH = 100


def json_text(value: Any, *, indent: int = 0, used: int = 0) -> str:
    """Format a value as JSON, with each object and list on one line if it is short enough.

    Args:
        value: The value.
        indent: Indentation of the first line, in characters.
        used: Number of characters on the first line that a name and a comma take.
    """
    line = json.dumps(value, ensure_ascii=False)
    if indent + used + len(line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        opening, closing = "{}"
        rows = [
            f"{name}: {json_text(each, indent=indent + 2, used=len(name) + 3)}"
            for name, each in ((json.dumps(name, ensure_ascii=False), each) for name, each in value.items())
        ]
    else:
        opening, closing = "[]"
        rows = [json_text(each, indent=indent + 2, used=1) for each in value]
    lines = ",\n".join(inner + row for row in rows)
    return f"{opening}\n{lines}\n{' ' * indent}{closing}"
