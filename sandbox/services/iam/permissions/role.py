"""Evaluation of a role's policies, using moto's evaluation of a statement without its conditions.

An action is denied if any statement denies it, allowed if one allows it, and otherwise not allowed. A
permissions boundary is evaluated separately, and must allow the action too:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from localstack.services.iam.models import iam_stores
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.aws.arns import parse_arn
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from sandbox.services.iam.permissions.calls import Need
from sandbox.services.iam.permissions.conditions import Context, NotUnderstood, holds


class Verdict(Enum):
    """The outcome of evaluating policies."""

    ALLOWED = "ALLOWED"
    DENIED = "DENIED"  # explicitly, by a statement
    NOT_ALLOWED = "NOT_ALLOWED"


class NoRole(Exception):
    """The role does not exist. AWS would not create a function with it."""


def policies(role_arn: str) -> tuple[str, ...]:
    """Return a role's inline and attached policies as JSON.

    Raises:
        NoRole: The role does not exist.
    """
    store, role = _found(role_arn)
    documents = [
        *role.inline_policies.values(),
        *(_managed(store, arn) for arn in role.attached_policy_arns),
    ]
    return tuple(map(_decoded, documents))


def boundary(role_arn: str) -> tuple[str, ...]:
    """Return a role's permissions boundary as JSON; empty if it has none.

    Raises:
        NoRole: The role does not exist.
    """
    store, role = _found(role_arn)
    attached = role.role.get("PermissionsBoundary")
    return (_decoded(_managed(store, attached["PermissionsBoundaryArn"])),) if attached else ()


def _found(role_arn: str) -> tuple[Any, Any]:
    """Return IAM's store and a role in it, or raise NoRole."""
    parsed = parse_arn(role_arn)
    store = iam_stores[parsed["account"]]["us-east-1"]  # the same in every region
    role = store.ROLES.get(parsed["resource"].rpartition("/")[2])
    if role is None:
        raise NoRole(role_arn)
    return store, role


def _managed(store: Any, arn: str) -> str:
    """Return the document of a managed policy."""
    provider: Any = SERVICE_PLUGINS.require("iam")._provider
    entity = provider._get_policy_entity(store, arn)
    return str(entity.versions[entity.policy["DefaultVersionId"]]["Document"])


@lru_cache(maxsize=1_000)  # all calls by a function need the same documents
def _decoded(document: str) -> str:
    """Return a policy as JSON. The store has it percent-encoded, as the API returns it."""
    return unquote(document)


@lru_cache(maxsize=10_000)  # a function makes the same few calls at each invocation
def verdict(policies: tuple[str, ...], need: Need, context: Context = ()) -> Verdict:
    """Evaluate policies for an action on a resource, or on any resource if it is unknown."""
    found = {_result(statement, need, context) for policy in policies for statement in _statements(policy)}
    if PermissionResult.DENIED in found:
        return Verdict.DENIED
    return Verdict.ALLOWED if PermissionResult.PERMITTED in found else Verdict.NOT_ALLOWED


def _result(statement: dict[str, Any], need: Need, context: Context) -> PermissionResult:
    allows = statement["Effect"] == "Allow"
    try:
        if not holds(statement.get("Condition") or {}, context):
            return PermissionResult.NEUTRAL
    except NotUnderstood:
        if allows:  # a condition that is not understood allows nothing, but can deny
            return PermissionResult.NEUTRAL
    statement = {name: value for name, value in statement.items() if name != "Condition"}
    if need.resource is None:
        # A denial for some resources may not concern this one.
        if not allows and statement.get("Resource") != "*":
            return PermissionResult.NEUTRAL
        statement = {**statement, "Resource": "*"}
    return IAMPolicyStatement(statement).is_action_permitted(need.action, need.resource or "*")


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    found = json.loads(policy)["Statement"]
    yield from found if isinstance(found, list) else [found]
