"""Updates of AWS::Lambda::Function that set properties back to their defaults.

LocalStack leaves a property as it was when the new template does not have it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from typing import Any

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


def correct() -> None:
    """Complete the properties that LocalStack's update is given."""
    Patch.function(LambdaFunctionProvider.update, _update).apply()


def _update(update: Any, provider: LambdaFunctionProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - _SUPPORTED - _DEFAULTS.keys())
    for name, default in _DEFAULTS.items():
        request.desired_state.setdefault(name, default)
    progress: ProgressEvent[Any] = update(provider, request)
    return progress
