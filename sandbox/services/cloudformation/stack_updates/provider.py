"""The stack updates that `faultline deploy` needs in daily use; all others are refused.

LocalStack reports an update as successful when the resource's type has no `update`, and when its `update`
overlooks the change. The other modules of this package update functions, aliases, roles, APIs, stages and
the protection of tables. An update that neither they nor LocalStack can make fails with a reason. The
alternative is a new sandbox, which starts within seconds.

AWS:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from importlib import import_module
from typing import Any

from localstack.services.plugins import Service, aws_provider

_CORRECTIONS = (
    "previous",
    "replacement",
    "retention",
    "rollback",
    "creation",
    "alias",
    "deletion_errors",
    "function",
    "log_group",
    "rest_api",
    "role",
    "stage",
    "table",
    "termination",
)
"""The other modules of this package. They import much of LocalStack, so their import is postponed."""

_OVERLOOK_CHANGES = {"AWS::SNS::Topic"}
"""Types whose `update` in LocalStack ignores properties of our template, such as the topic's key."""


@aws_provider(api="cloudformation", name="faultline")
def cloudformation() -> Service:
    """Return LocalStack's provider with our corrections."""
    from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
    from localstack.services.cloudformation.v2.provider import CloudformationProviderV2
    from localstack.utils.patch import Patch

    for name in _CORRECTIONS:
        import_module(f"sandbox.services.cloudformation.stack_updates.{name}").correct()
    Patch.function(ResourceProviderExecutor.execute_action, _update_or_explain).apply()
    return Service.for_provider(CloudformationProviderV2())


def _update_or_explain(execute: Any, executor: Any, provider: Any, payload: Any) -> Any:
    """Wrap ResourceProviderExecutor.execute_action, to report updates that were not made.

    LocalStack reports an unimplemented update as a success, and drops the reason of a failed one.
    """
    from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent

    from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

    if payload["action"] != "Modify" or "update" in vars(provider):
        return execute(executor, provider, payload)
    update = provider.update

    def change_or_refuse(request: Any) -> Any:
        if provider.TYPE not in _OVERLOOK_CHANGES:
            try:
                return update(request)
            except NotImplementedError:
                pass
        # The update may be due only to a reference to another resource that is updated.
        refuse(changed(provider, request))
        return done(provider, request)

    def update_or_explain(request: Any) -> Any:
        try:
            return change_or_refuse(request)
        except Exception as error:  # noqa: BLE001 - any error is the reason why the update failed
            return ProgressEvent(
                status=OperationStatus.FAILED, resource_model=request.previous_state, message=str(error)
            )

    vars(provider)["update"] = update_or_explain
    return execute(executor, provider, payload)
