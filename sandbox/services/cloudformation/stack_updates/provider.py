"""Make the stack updates that `faultline deploy` needs day by day, and refuse the others.

LocalStack 4.14.0 reports an update as successful when the resource's type has no `update`, and when its
`update` overlooks what was changed. The modules beside this one update functions, roles and the API. An
update that neither they nor LocalStack can make fails with a reason: a new sandbox is up in seconds.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from importlib import import_module
from typing import Any

from localstack import config
from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider

_CORRECTIONS = (
    "previous",
    "replacement",
    "rollback",
    "function",
    "log_group",
    "rest_api",
    "role",
    "stage",
    "table",
    "termination",
)
"""The modules beside this one; they import much of LocalStack, so not before they are needed."""

_OVERLOOK_CHANGES = {"AWS::SNS::Topic"}
"""Types whose `update` in LocalStack passes over properties of ours, such as the topic's key."""


@hooks.on_infra_start()
def make_stack_updates() -> None:
    """Select the provider below; it is loaded with CloudFormation's first request."""
    config.SERVICE_PROVIDER_CONFIG.set_provider("cloudformation", "updating")


@aws_provider(api="cloudformation", name="updating")
def cloudformation() -> Service:
    """LocalStack's provider, whose stack updates change what they say they change."""
    from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
    from localstack.services.cloudformation.v2.provider import CloudformationProviderV2
    from localstack.utils.patch import Patch

    for name in _CORRECTIONS:
        import_module(f"sandbox.services.cloudformation.stack_updates.{name}").correct()
    Patch.function(ResourceProviderExecutor.execute_action, _say_why_not).apply()
    return Service.for_provider(CloudformationProviderV2())


def _say_why_not(execute: Any, executor: Any, provider: Any, payload: Any) -> Any:
    """Without this, an update that is not implemented succeeds, and the reason of one that fails is lost."""
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
        # It may have been asked for only because the resource refers to another that is updated.
        refuse(changed(provider, request))
        return done(provider, request)

    def tell(request: Any) -> Any:
        try:
            return change_or_refuse(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is why the update failed
            return ProgressEvent(
                status=OperationStatus.FAILED, resource_model=request.previous_state, message=str(error)
            )

    vars(provider)["update"] = tell
    return execute(executor, provider, payload)
