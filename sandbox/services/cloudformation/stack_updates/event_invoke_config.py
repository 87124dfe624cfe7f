"""AWS::Lambda::EventInvokeConfig: how often and how long an asynchronous invocation is tried.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.lambda_.resource_providers.aws_lambda_eventinvokeconfig import (
    LambdaEventInvokeConfigProvider,
)
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

_NUMBERS = {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"}


def correct() -> None:
    """LocalStack has no update."""
    Patch.function(LambdaEventInvokeConfigProvider.update, _update).apply()


def _update(_: Any, provider: LambdaEventInvokeConfigProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - _NUMBERS - {"DestinationConfig"})
    after = request.desired_state
    kept = {"FunctionName", "Qualifier", "DestinationConfig"} & after.keys()
    # It replaces the whole: what is left out has its default again.
    request.aws_client_factory.lambda_.put_function_event_invoke_config(
        **{name: after[name] for name in kept}, **{name: int(after[name]) for name in _NUMBERS & after.keys()}
    )
    return done(provider, request)
