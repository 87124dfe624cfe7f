"""The properties that an update changes, and the refusal of changes that the sandbox cannot make.

Changes for which CloudFormation replaces a resource are handled by the engine and do not appear here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent


class CannotChange(Exception):
    """The sandbox cannot change the resource in place."""


def changed(provider: Any, request: Any) -> set[str]:
    """Return the names of the properties that an update changes, adds or removes."""
    names = set(provider.SCHEMA["properties"]) - _kept(provider)
    before, after = request.previous_state, request.desired_state
    return {name for name in names if _plain(before.get(name)) != _plain(after.get(name))}


def refuse(properties: Iterable[str]) -> None:
    """Refuse to change properties.

    Raises:
        CannotChange: `properties` is not empty.
    """
    if names := ", ".join(sorted(properties)):
        raise CannotChange(
            f"the sandbox cannot change {names} in place; recreate it: faultline down && faultline up"
        )


def done(provider: Any, request: Any) -> ProgressEvent[Any]:
    """Return the result of a successful update: the desired properties, and those that no update changes."""
    given = {name: value for name, value in request.previous_state.items() if name in _kept(provider)}
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={**given, **request.desired_state})


def tags_of(state: Mapping[str, Any]) -> dict[str, str]:
    """Convert CloudFormation's tags to a dict: `[{"Key": k, "Value": v}]` -> `{k: v}`."""
    return {tag["Key"]: tag["Value"] for tag in state.get("Tags") or []}


def _kept(provider: Any) -> set[str]:
    """Return the properties that no update changes: read-only and identifying ones."""
    schema = provider.SCHEMA
    pointers = ("readOnlyProperties", "createOnlyProperties", "primaryIdentifier")
    return {pointer.split("/")[2] for name in pointers for pointer in schema.get(name, ())}


def _plain(value: Any) -> Any:
    """Convert a value for comparison: in templates 5 equals "5", and true equals "true"."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value if value is None else str(value)
