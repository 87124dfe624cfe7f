"""Updates of AWS::Lambda::Alias: its version and its provisioned concurrency.

LocalStack implements no update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.lambda_.resource_providers.lambda_alias import LambdaAliasProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

_PROVISIONED = "ProvisionedConcurrencyConfig"


def correct() -> None:
    """Add the missing update to LocalStack's provider."""
    Patch.function(LambdaAliasProvider.update, _update).apply()


def _update(_: Any, provider: LambdaAliasProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - {"FunctionVersion", _PROVISIONED})
    functions, state = request.aws_client_factory.lambda_, request.desired_state
    alias = {"FunctionName": state["FunctionName"], "Qualifier": state["Name"]}
    provisioned = state.get(_PROVISIONED)
    # First, so that no environments start for the new version only to end at once.
    if _PROVISIONED in changes and not provisioned:
        functions.delete_provisioned_concurrency_config(**alias)
    if "FunctionVersion" in changes:
        functions.update_alias(
            FunctionName=state["FunctionName"], Name=state["Name"], FunctionVersion=state["FunctionVersion"]
        )
    if _PROVISIONED in changes and provisioned:
        count = int(provisioned["ProvisionedConcurrentExecutions"])
        functions.put_provisioned_concurrency_config(**alias, ProvisionedConcurrentExecutions=count)
    return done(provider, request)
