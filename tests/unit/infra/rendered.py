"""Access to the resources of a rendered template."""

from collections.abc import Callable
from typing import Any

from infra.stack.functions import CodeLocation
from infra.stages import StageSettings

CODE = CodeLocation(bucket="faultline-artifacts", key="functions/0.zip")

Render = Callable[[StageSettings], dict[str, Any]]


def properties(rendered: dict[str, Any], logical_id: str) -> dict[str, Any]:
    """Return the properties of a resource."""
    found: dict[str, Any] = rendered["Resources"][logical_id]["Properties"]
    return found


def of_type(rendered: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by their logical ids."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in rendered["Resources"].items()
        if resource["Type"] == kind
    }
