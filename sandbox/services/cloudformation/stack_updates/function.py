"""AWS::Lambda::Function: updates that reset properties to their defaults, and RecursiveLoop.

LocalStack leaves a property unchanged if the new template does not have it, and ignores RecursiveLoop.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
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
_SUPPORTED = {"Architectures", "Code", "Handler", "LoggingConfig", "RecursiveLoop", "Role", "Runtime"}


def correct() -> None:
    """Complete the properties passed to LocalStack's update, and set RecursiveLoop."""
    Patch.function(LambdaFunctionProvider.create, _create).apply()
    Patch.function(LambdaFunctionProvider.update, _update).apply()


def _create(create: Any, provider: LambdaFunctionProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS and "RecursiveLoop" in request.desired_state:
        _set_recursive_loop(request, request.desired_state["FunctionName"])
    return progress


def _update(update: Any, provider: LambdaFunctionProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - _SUPPORTED - _DEFAULTS.keys())
    for name, default in _DEFAULTS.items():
        request.desired_state.setdefault(name, default)
    progress: ProgressEvent[Any] = update(provider, request)
    if "RecursiveLoop" in changes:
        _set_recursive_loop(request, request.previous_state["FunctionName"])
    return progress


def _set_recursive_loop(request: Any, function: str) -> None:
    request.aws_client_factory.lambda_.put_function_recursion_config(
        FunctionName=function, RecursiveLoop=request.desired_state.get("RecursiveLoop", "Terminate")
    )
