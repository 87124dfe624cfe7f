"""Retention of resources with the deletion policy RetainExceptOnCreate.

LocalStack deletes every resource without `Retain`. The rollback of a creation, where the policy does not
retain, is in `creation`.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import DeletionPolicy
from localstack.utils.patch import Patch


def correct() -> None:
    """Treat RetainExceptOnCreate as `Retain` when a stack is deleted or an update removes a resource."""
    Patch.function(ChangeSetModelExecutor._execute_resource_change, _execute).apply()


def _execute(execute: Any, executor: Any, *, name: str, before: Any, after: Any) -> None:
    if is_nothing(after) and before.deletion_policy == DeletionPolicy.RetainExceptOnCreate:
        before.deletion_policy = DeletionPolicy.Retain
    execute(executor, name=name, before=before, after=after)
