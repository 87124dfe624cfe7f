"""The policies of SQS queues.

A principal of another account needs the queue's permission as well as its own account's. A denial overrides
every permission, for the queue's own account too:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from localstack.aws.api.sqs import QueueAttributeName
from localstack.services.sqs.models import sqs_stores
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from sandbox.services.iam.permissions.calls import Need
from sandbox.services.iam.permissions.conditions import Context, NotUnderstood, holds
from sandbox.services.iam.permissions.role import Verdict


def policy_of(arn: str) -> str:
    """Return the policy of the queue with this ARN; empty if it has none or there is no such queue."""
    _, _, _, region, account, name = arn.split(":")
    queue = sqs_stores[account][region].queues.get(name)
    return "" if queue is None else str(queue.attributes.get(QueueAttributeName.Policy) or "")


@lru_cache(maxsize=1_000)
def verdict(policy: str, account: str, need: Need, context: Context) -> Verdict:
    """Evaluate a queue's policy for an action by a principal of an account."""
    found = {_result(statement, account, need, context) for statement in _statements(policy)}
    if Verdict.DENIED in found:
        return Verdict.DENIED
    return Verdict.ALLOWED if Verdict.ALLOWED in found else Verdict.NOT_ALLOWED


def _result(statement: dict[str, Any], account: str, need: Need, context: Context) -> Verdict:
    denies = statement["Effect"] == "Deny"
    if not _is_meant(statement.get("Principal"), account):
        return Verdict.NOT_ALLOWED
    try:
        if not holds(statement.get("Condition") or {}, context):
            return Verdict.NOT_ALLOWED
    except NotUnderstood:
        return Verdict.DENIED if denies else Verdict.NOT_ALLOWED
    bare = {name: value for name, value in statement.items() if name not in ("Condition", "Principal")}
    # SQS's policies may name actions in any case, `SQS:SendMessage`.
    actions = bare["Action"] if isinstance(bare["Action"], list) else [bare["Action"]]
    bare["Action"] = [each.lower() for each in actions]
    concerned = IAMPolicyStatement(bare | {"Effect": "Allow"}).is_action_permitted(
        need.action.lower(), need.resource or "*"
    )
    if concerned is not PermissionResult.PERMITTED:
        return Verdict.NOT_ALLOWED
    return Verdict.DENIED if denies else Verdict.ALLOWED


def _is_meant(principal: Any, account: str) -> bool:
    """Return whether a principal includes an account: everyone, the account, or one of its identities."""
    if principal == "*":
        return True
    named = (principal or {}).get("AWS", [])
    return any(
        each in ("*", account) or each.split(":")[4:5] == [account]
        for each in (named if isinstance(named, list) else [named])
    )


def _statements(policy: str) -> Iterator[dict[str, Any]]:
    found = json.loads(policy)["Statement"] if policy else []
    yield from found if isinstance(found, list) else [found]
