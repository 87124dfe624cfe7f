"""Write units of DynamoDB for a task that succeeds at its first attempt.

A write costs a unit per KB of the item before or after it, whichever is larger, and a unit per KB of each
index entry that it puts or deletes:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from dataclasses import dataclass
from math import ceil

from lambdas.store.objects import MAX_IN_TABLE_BYTES
from lambdas.store.payloads import MAX_INLINE_BYTES

KB = 1024


STORED_SHARE = 0.5
"""Ratio of a payload's stored size to its original size: less for JSON of records, more for random text."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write of a task's record.

    Attributes:
        status: The task's state after the write.
        record_bytes: The record's size without payload and result.
        index_entries: Number of index entries that the write puts, changes or deletes.
        has_result: Whether the record has the task's result after the write.
    """

    status: str
    record_bytes: int
    index_entries: int
    has_result: bool = False


WRITES = (
    Write(status="PENDING", record_bytes=428, index_entries=2),
    Write(status="PROCESSING", record_bytes=537, index_entries=1),
    Write(status="SUCCEEDED", record_bytes=509, index_entries=1, has_result=True),
)
"""The writes of a task. `tests/chaos/test_write_units.py` compares them with the functions' actual writes."""

_PAYLOAD_KEY_BYTES = 110
"""The size of a payload's item without the payload."""


def write_units(payload_bytes: int) -> int:
    """Return the write units of a task whose result is as large as its payload, as for `echo`."""
    states = sum(units(record_bytes(write, payload_bytes)) + write.index_entries for write in WRITES)
    return states + units(apart_bytes(payload_bytes))


def record_bytes(write: Write, payload_bytes: int) -> int:
    """Return the size of a task's record after a write, in bytes."""
    if is_object(payload_bytes):
        return write.record_bytes + _PAYLOAD_KEY_BYTES * (2 if write.has_result else 1)
    stored = _stored(payload_bytes)
    inline = stored if stored <= MAX_INLINE_BYTES else _PAYLOAD_KEY_BYTES
    return write.record_bytes + inline + (stored if write.has_result else 0)


def apart_bytes(payload_bytes: int) -> int:
    """Return the size of a payload's own item; 0 if the payload is in the record or in the bucket."""
    stored = _stored(payload_bytes)
    is_apart = stored > MAX_INLINE_BYTES and not is_object(payload_bytes)
    return stored + _PAYLOAD_KEY_BYTES if is_apart else 0


def object_bytes(payload_bytes: int) -> int:
    """Return the size of a payload's object, or of a result's; 0 if they are in the table."""
    return _stored(payload_bytes) if is_object(payload_bytes) else 0


def is_object(payload_bytes: int) -> bool:
    """Return whether a payload of this size in bytes is stored as an object in the bucket."""
    return payload_bytes > MAX_IN_TABLE_BYTES


def _stored(payload_bytes: int) -> int:
    return ceil(payload_bytes * STORED_SHARE)


def units(size: int) -> int:
    """Return the write units for an item of this size in bytes."""
    return ceil(size / KB)
