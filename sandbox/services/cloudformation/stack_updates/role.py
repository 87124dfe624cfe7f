"""Updates of AWS::IAM::Role: its inline, trust and managed policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

import json
from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.iam.resource_providers.aws_iam_role import IAMRoleProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse


def correct() -> None:
    """Replace LocalStack's update, which ignores inline policies and creates a new role for other changes."""
    Patch.function(IAMRoleProvider.update, _update).apply()


def _update(_: Any, provider: IAMRoleProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - {"AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies"})
    iam, role = request.aws_client_factory.iam, request.previous_state["RoleName"]
    before, after = request.previous_state, request.desired_state
    if "AssumeRolePolicyDocument" in changes:
        document = json.dumps(after["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)
    if "Policies" in changes:
        old, new = _documents(before), _documents(after)
        for name, document in new.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
        for name in old.keys() - new.keys():
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    attached, wanted = (set(state.get("ManagedPolicyArns") or []) for state in (before, after))
    for arn in wanted - attached:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in attached - wanted:
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    return done(provider, request)


def _documents(state: Any) -> dict[str, str]:
    """Return the inline policies by name."""
    return {
        policy["PolicyName"]: json.dumps(policy["PolicyDocument"]) for policy in state.get("Policies") or []
    }
