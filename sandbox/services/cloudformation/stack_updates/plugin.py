"""Stack updates that are made, or said to be impossible.

LocalStack 4.14.0 reports an update as successful when the resource's type has no `update`, and when its
`update` overlooks what was changed. The modules beside this one make the updates that our stack needs; any
other that LocalStack cannot make fails, and says why.

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
    "alarm",
    "event_invoke_config",
    "function",
    "key",
    "log_group",
    "rest_api",
    "role",
    "rule",
    "stage",
    "table",
    "termination",
    "topic",
)
"""The modules beside this one; they import much of LocalStack, so not before they are needed."""


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

    if payload["action"] != "Modify" or "update" in vars(provider):
        return execute(executor, provider, payload)
    update = provider.update

    def tell(request: Any) -> Any:
        try:
            return update(request)
        except NotImplementedError:
            reason = f"this sandbox cannot change an {provider.TYPE} in place; AWS may"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is why the update failed
            reason = str(error)
        return ProgressEvent(
            status=OperationStatus.FAILED, resource_model=request.previous_state, message=reason
        )

    vars(provider)["update"] = tell
    return execute(executor, provider, payload)
