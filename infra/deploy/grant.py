"""Grants, the components of the deployer's policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Permission for actions of one service on some resources.

    Attributes:
        actions: Names, separated by spaces.
        resources: ARNs without `arn:<partition>:`, with the placeholders `{region}`, `{account}`, `{stack}`
            and `{stage}`.
        conditions: Conditions in IAM's form, with the same placeholders.
        why: The reason why the ARNs do not limit the resources to this stage's own.
        bounded: Whether the roles must have the stage's permissions boundary, if the stage names one.
    """

    service: str
    actions: str
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    why: str = ""
    bounded: bool = False


def grant(
    service: str,
    actions: str,
    *resources: str,
    why: str = "",
    bounded: bool = False,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> Grant:
    """Return a grant; its arguments are the attributes of Grant."""
    return Grant(
        service=service,
        actions=actions,
        resources=resources,
        conditions=conditions or {},
        why=why,
        bounded=bounded,
    )
