"""What a role's policies say of an action, by moto's evaluation of a statement without its conditions.

What is denied by any statement is denied, else what is allowed by one is allowed, and all else is denied:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from localstack.utils.aws.arns import parse_arn
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from sandbox.services.iam.permissions.calls import Need
from sandbox.services.iam.permissions.conditions import Context, NotUnderstood, holds


class Verdict(Enum):
    ALLOWED = "ALLOWED"
    DENIED = "DENIED"  # by a statement that says so
    NOT_ALLOWED = "NOT_ALLOWED"


class NoRole(Exception):
    """There is no such role. AWS makes no function that has none."""


def policies(role_arn: str) -> tuple[str, ...]:
    """A role's policies, its own and those attached to it, as JSON.

    Raises:
        NoRole: it does not exist.
    """
    parsed = parse_arn(role_arn)
    iam = iam_backends[parsed["account"]]["aws"]
    name = parsed["resource"].rpartition("/")[2]
    try:
        documents: list[Any] = [iam.get_role_policy(name, own)[1] for own in iam.list_role_policies(name)]
        attached, _ = iam.list_attached_role_policies(name)
    except NotFoundException as error:
        raise NoRole(role_arn) from error
    documents += [
        version.document for policy in attached for version in policy.versions if version.is_default
    ]
    return tuple(each if isinstance(each, str) else json.dumps(each) for each in documents)


@lru_cache(maxsize=10_000)  # a function asks for the same few things at each invocation
def verdict(policies: tuple[str, ...], need: Need, context: Context = ()) -> Verdict:
    """What policies say of an action on a resource; where the resource is unknown, on any."""
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
        if allows:  # what is not understood allows nothing, and denies
            return PermissionResult.NEUTRAL
    statement = {name: value for name, value in statement.items() if name != "Condition"}
    if need.resource is None:
        # What is denied on some resources is not known to be denied on this one.
        if not allows and statement.get("Resource") != "*":
            return PermissionResult.NEUTRAL
        statement = {**statement, "Resource": "*"}
    return IAMPolicyStatement(statement).is_action_permitted(need.action, need.resource or "*")


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    found = json.loads(policy)["Statement"]
    yield from found if isinstance(found, list) else [found]
