"""Rollback of a failed creation: deletion of the resources that it created.

LocalStack reports ROLLBACK_COMPLETE and leaves every resource in place. On AWS a resource that cannot be
deleted, such as a protected table, leads to ROLLBACK_FAILED, and stays in the stack.

AWS:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from typing import Any

from localstack.aws.api.cloudformation import ChangeAction, ResourceStatus, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.rollback import reported


def correct() -> None:
    """Wrap the execution of change sets, to roll back failed creations of stacks."""
    Patch.function(ChangeSetModelExecutor.execute, _execute).apply()


def _execute(execute: Any, executor: Any) -> Any:
    stack = executor._change_set.stack
    if stack.status != StackStatus.CREATE_IN_PROGRESS:
        return execute(executor)
    set_status = stack.set_stack_status

    def set_status_of_creation(status: StackStatus, reason: str | None = None) -> None:
        if status != StackStatus.ROLLBACK_COMPLETE:
            set_status(status, reason)
            return
        set_status(StackStatus.ROLLBACK_IN_PROGRESS)
        stack.set_stack_status = lambda *_: None  # resource events would set it as well
        set_status(_delete_created(executor), reason)

    stack.set_stack_status = set_status_of_creation
    try:
        return execute(executor)
    finally:
        stack.set_stack_status = set_status


def _delete_created(executor: Any) -> StackStatus:
    """Delete the resources that were created, newest first, except retained ones; return the status."""
    change_set = executor._change_set
    declared = change_set.processed_template["Resources"]
    left: dict[str, Any] = {}
    for name, resource in reversed([*executor.resources.items()]):
        created = resource["ResourceStatus"] == ResourceStatus.CREATE_COMPLETE
        # RetainExceptOnCreate does not retain here: this is the operation that created the resource.
        retained = declared[name].get("DeletionPolicy") == "Retain"
        if created and not retained and not _delete(executor, resource):
            left[name] = resource
    executor.resources.clear()
    executor.resources.update(left)
    # A later deletion of the stack covers only these resources, whose properties are known from their
    # creation.
    change_set.processed_template = {
        "Resources": {
            name: {key: value for key, value in declared[name].items() if key in ("Type", "DeletionPolicy")}
            for name in left
        }
    }
    return StackStatus.ROLLBACK_FAILED if left else StackStatus.ROLLBACK_COMPLETE


def _delete(executor: Any, resource: Any) -> bool:
    """Delete a resource, and return whether that succeeded."""
    event = executor._execute_resource_action(
        action=ChangeAction.Remove,
        logical_resource_id=resource["LogicalResourceId"],
        resource_type=resource["Type"],
        before_properties=PreprocProperties(dict(resource["Properties"])),
        after_properties=None,
    )
    executor.resources[resource["LogicalResourceId"]] = resource  # the event refers to it
    return reported(executor, resource, ChangeAction.Remove, event)
