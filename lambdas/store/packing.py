"""Compression of payloads and results, which are stored as JSON text.

The cost of a write depends on the size of the item, and typical JSON shrinks to between a third and a tenth:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html
"""

import zlib
from typing import Any

# Compressing a shorter text would not lower the cost.
MIN_BYTES = 200
# Higher levels take several times as long and save only a few percent.
_LEVEL = 6


def packed(text: str) -> str | bytes:
    """Compress a text, unless that would not make it smaller."""
    plain = text.encode()
    if len(plain) < MIN_BYTES:
        return text
    compressed = zlib.compress(plain, _LEVEL)
    return compressed if len(compressed) < len(plain) else text


def unpacked(stored: str | bytes) -> str:
    """Return the original text of a value from `packed`."""
    return stored if isinstance(stored, str) else zlib.decompress(stored).decode()


def stored_bytes(value: dict[str, Any]) -> int:
    """Return the size in bytes of a text from `packed`, given as a DynamoDB attribute value."""
    return len(value["B"]) if "B" in value else len(value["S"].encode())
