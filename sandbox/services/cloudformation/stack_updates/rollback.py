"""Rollback of a failed update, so that the stack can be updated again.

LocalStack records the failed template as the deployed one, drops the resources that it did not reach, deletes
those missing from the template, and still reports UPDATE_ROLLBACK_COMPLETE. Here new resources are deleted,
changed ones are restored, and all others stay.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

import copy
from typing import Any

from localstack.aws.api.cloudformation import ChangeAction, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model_executor import ChangeSetModelExecutor
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.services.cloudformation.resource_provider import OperationStatus
from localstack.utils.patch import Patch

_KEPT = ("resolved_parameters", "template", "processed_template", "template_body")


def correct() -> None:
    """Wrap the execution of change sets, to roll back failed updates of stacks."""
    Patch.function(ChangeSetModelExecutor.execute, _execute).apply()


def _execute(execute: Any, executor: Any) -> Any:
    stack = executor._change_set.stack
    if stack.status != StackStatus.UPDATE_IN_PROGRESS:
        return execute(executor)
    process, set_status = executor.process, stack.set_stack_status

    def process_all_or_delete_nothing() -> None:
        try:
            process()
        except Exception:
            executor._deferred_actions.clear()
            raise

    def set_status_of_update(status: StackStatus, reason: str | None = None) -> None:
        if status == StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS:
            set_status(status, reason)
        elif status == StackStatus.UPDATE_ROLLBACK_COMPLETE:
            set_status(_undo(executor), reason)

    executor.process = process_all_or_delete_nothing
    stack.set_stack_status = set_status_of_update
    try:
        return execute(executor)
    finally:
        stack.set_stack_status = set_status


def _undo(executor: Any) -> StackStatus:
    """Restore the resources and return the stack's status."""
    change_set = executor._change_set
    stack = change_set.stack
    stack.set_stack_status = lambda *_: None  # resource events would set it as well
    before, reached = dict(stack.resolved_resources), dict(executor.resources)
    status = StackStatus.UPDATE_ROLLBACK_COMPLETE
    for name, resource in reversed(reached.items()):
        old = before.get(name)
        if old is not resource and "PhysicalResourceId" in resource and not _restore(executor, resource, old):
            status = StackStatus.UPDATE_ROLLBACK_FAILED
    executor.resources.clear()
    executor.resources.update(before)
    for name in _KEPT:
        setattr(change_set, name, getattr(stack, name))
    return status


def _restore(executor: Any, resource: Any, old: Any) -> bool:
    """Delete a resource that the update created, or restore a changed one; return whether that succeeded."""
    replaced = old and old["PhysicalResourceId"] != resource["PhysicalResourceId"]
    action = ChangeAction.Modify if old and not replaced else ChangeAction.Remove
    event = executor._execute_resource_action(
        action=action,
        logical_resource_id=resource["LogicalResourceId"],
        resource_type=resource["Type"],
        before_properties=PreprocProperties(copy.deepcopy(resource["Properties"])),
        after_properties=PreprocProperties(copy.deepcopy(old["Properties"])) if old else None,
    )
    return reported(executor, resource, ChangeAction.Modify if old else action, event)


def reported(executor: Any, resource: Any, action: ChangeAction, event: Any) -> bool:
    """Add the outcome of an action to the stack's events, and return whether it succeeded."""
    executor._process_event(
        action=action,
        logical_resource_id=resource["LogicalResourceId"],
        event_status=event.status,
        resource_type=resource["Type"],
        reason=event.message,
    )
    return bool(event.status == OperationStatus.SUCCESS)
