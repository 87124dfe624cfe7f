"""Write units of DynamoDB for a task that succeeds at its first attempt.

A write costs a unit for each KB of the item as it is afterwards, or as it was before if that was larger, and
as much for each index entry that is put or deleted:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

KB = 1024


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write of a task's record.

    Attributes:
        status: The state that it writes.
        record_bytes: The record's size without payload and result.
        index_entries: How many entries of indexes it puts or deletes: a new task has one in each of two
            indexes, and a new state moves one of them.
        has_result: Whether the record then has the task's result.
    """

    status: str
    record_bytes: int
    index_entries: int = 2
    has_result: bool = False


WRITES = (
    Write(status="PENDING", record_bytes=545),
    Write(status="PROCESSING", record_bytes=671),
    Write(status="SUCCEEDED", record_bytes=681, has_result=True),
)
"""Compared with what the functions write by `tests/e2e/test_costs.py`."""


def write_units(payload_bytes: int) -> int:
    """Return the write units of a task whose result is as large as its payload, as that of `echo`."""
    return sum(units(record_bytes(write, payload_bytes)) + write.index_entries for write in WRITES)


def record_bytes(write: Write, payload_bytes: int) -> int:
    """Return the size of a task's record after a write."""
    return write.record_bytes + payload_bytes * (2 if write.has_result else 1)


def units(size: int) -> int:
    """Return the write units of an item of a size in bytes."""
    return ceil(size / KB)


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item, as DynamoDB's client has it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.lstrip("-")) + 1) // 2 + 1
        case "M":
            return 3 + sum(_member_bytes(content))
        case "L":
            return 3 + sum(1 + _value_bytes(member) for member in content)
        case _:
            return 1


def _member_bytes(members: Mapping[str, Any]) -> Iterator[int]:
    for name, value in members.items():
        yield 1 + len(name.encode()) + _value_bytes(value)
