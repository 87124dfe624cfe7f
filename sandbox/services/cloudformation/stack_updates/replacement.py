"""Replacement of a resource only if the value of a create-only property changes.

LocalStack also replaces a resource if such a property merely refers to a resource that is updated, such as a
stage whose API has a new document, or an event source mapping whose queue has a new timeout.

AWS:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from typing import Any

from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.previous import properties


def correct() -> None:
    """Make updates compare create-only properties by value, which is known only during the execution."""
    Patch.function(ChangeSetModelExecutor._execute_resource_change, _execute).apply()


def _execute(execute: Any, executor: Any, *, name: str, before: Any, after: Any) -> None:
    updated = not is_nothing(before) and not is_nothing(after) and before.resource_type == after.resource_type
    if updated and after.requires_replacement:
        provider = executor.resource_provider_executor.try_load_resource_provider(after.resource_type)
        names = [pointer.split("/")[2] for pointer in provider.SCHEMA.get("createOnlyProperties", ())]
        old, new = properties(before), properties(after)
        after.requires_replacement = any(old.get(each) != new.get(each) for each in names)
    execute(executor, name=name, before=before, after=after)
