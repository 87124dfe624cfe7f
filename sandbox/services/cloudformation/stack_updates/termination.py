"""Termination protection of stacks, which LocalStack stores but ignores.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
"""

from typing import Any

from localstack.services.cloudformation.engine.validations import ValidationError
from localstack.services.cloudformation.models import get_cloudformation_store
from localstack.services.cloudformation.v2.provider import CloudformationProviderV2, find_stack_v2
from localstack.utils.patch import Patch


def correct() -> None:
    """Make DeleteStack refuse protected stacks."""
    Patch.function(CloudformationProviderV2.delete_stack, _delete).apply()


def _delete(delete: Any, provider: Any, context: Any, stack_name: str, **more: Any) -> Any:
    stack = find_stack_v2(get_cloudformation_store(context.account_id, context.region), stack_name)
    if stack is not None and stack.enable_termination_protection:
        raise ValidationError(
            f"Stack [{stack.stack_name}] cannot be deleted while TerminationProtection is enabled"
        )
    return delete(provider, context, stack_name, **more)
