"""Conversion between plain values and DynamoDB attribute values, such as `{"S": ...}`."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

type Item = dict[str, Any]

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def marshal(values: Mapping[str, object]) -> Item:
    """Convert plain values to DynamoDB attribute values, omitting those that are None."""
    return {name: _serialize(value) for name, value in values.items() if value is not None}


def unmarshal(item: Item) -> dict[str, Any]:
    """Convert DynamoDB attribute values to plain values; numbers become int, as only integers are stored."""
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, Binary):
        return bytes(value)  # type: ignore[call-overload] # boto3's stubs have Python 2's __bytes__
    return int(value) if hasattr(value, "as_integer_ratio") and not isinstance(value, bool) else value
