"""AWS::Lambda::Function: properties that are left out get their defaults back, and no time is lost.

LocalStack waits twice for every function that it updates, in steps of a second; it is ready in 50 ms.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from typing import Any

from localstack import config
from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, refuse

_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}
_SUPPORTED = {"Architectures", "Code", "Handler", "LoggingConfig", "Role", "Runtime"}
_WAIT_SECONDS = 120
_STEP_SECONDS = 0.05


def correct() -> None:
    """Complete what LocalStack's update is given, and have LocalStack look again sooner."""
    Patch.function(LambdaFunctionProvider.update, _update).apply()
    vars(config).update(  # its variables take whole seconds
        BOTO_WAITER_DELAY=_STEP_SECONDS, BOTO_WAITER_MAX_ATTEMPTS=round(_WAIT_SECONDS / _STEP_SECONDS)
    )


def _update(update: Any, provider: LambdaFunctionProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - _SUPPORTED - _DEFAULTS.keys())
    for name, default in _DEFAULTS.items():
        request.desired_state.setdefault(name, default)
    progress: ProgressEvent[Any] = update(provider, request)
    return progress
