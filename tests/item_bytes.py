"""Size of items, of which DynamoDB makes write units."""

from collections.abc import Iterator, Mapping
from typing import Any


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size in bytes of an item in the format of boto3's DynamoDB client.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
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
