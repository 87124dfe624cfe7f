"""Stored form of payloads and results: JSON text, compressed where that makes it smaller.

The cost of a write depends on the size of the item, and JSON of records shrinks to a third to a tenth of its
size:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html
"""

import zlib
from typing import Any

# Compressing shorter texts does not lower the cost.
MIN_BYTES = 200
# Higher levels take several times as long and save a few percent.
_LEVEL = 6


def packed(text: str) -> str | bytes:
    """Return the stored form of a text: compressed if that is smaller."""
    plain = text.encode()
    if len(plain) < MIN_BYTES:
        return text
    compressed = zlib.compress(plain, _LEVEL)
    return compressed if len(compressed) < len(plain) else text


def unpacked(stored: str | bytes) -> str:
    """Return the text of a stored value."""
    return stored if isinstance(stored, str) else zlib.decompress(stored).decode()


def stored_bytes(value: dict[str, Any]) -> int:
    """Return the size in bytes of a stored text, given as a value of DynamoDB's client."""
    return len(value["B"]) if "B" in value else len(value["S"].encode())
