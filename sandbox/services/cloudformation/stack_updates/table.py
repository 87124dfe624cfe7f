"""Deletion protection of AWS::DynamoDB::Table, which LocalStack neither sets nor updates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse

_PROPERTY = "DeletionProtectionEnabled"


def correct() -> None:
    """Make LocalStack set deletion protection when it creates a table or an update changes it."""
    Patch.function(DynamoDBTableProvider.create, _create).apply()
    Patch.function(DynamoDBTableProvider.update, _update).apply()


def _create(create: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS and _PROPERTY in request.desired_state:
        _protect(request)
    return progress


def _update(_: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    refuse(changed(provider, request) - {_PROPERTY})
    _protect(request)
    return done(provider, request)


def _protect(request: Any) -> None:
    state = request.desired_state
    request.aws_client_factory.dynamodb.update_table(
        TableName=state["TableName"],
        DeletionProtectionEnabled=str(state.get(_PROPERTY, False)).lower() == "true",
    )
