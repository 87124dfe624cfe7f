"""Payloads and results as they are stored: JSON text, compressed where that makes it smaller.

A write costs by the size of the item, and JSON of records becomes a third to a tenth of its size:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html
"""

import zlib
from typing import Any

# Compression of less text saves nothing that is paid for.
MIN_BYTES = 200
# Higher levels take several times as long for some percent.
_LEVEL = 6


def packed(text: str) -> str | bytes:
    """Return a text as it is stored: compressed when that is smaller."""
    plain = text.encode()
    if len(plain) < MIN_BYTES:
        return text
    compressed = zlib.compress(plain, _LEVEL)
    return compressed if len(compressed) < len(plain) else text


def unpacked(stored: str | bytes) -> str:
    """Return a text from the value that was stored."""
    return stored if isinstance(stored, str) else zlib.decompress(stored).decode()


def stored_bytes(value: dict[str, Any]) -> int:
    """Return the size of a stored text, a value of DynamoDB's client."""
    return len(value["B"]) if "B" in value else len(value["S"].encode())
