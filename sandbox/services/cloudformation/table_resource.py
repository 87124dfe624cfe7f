"""Point-in-time recovery of AWS::DynamoDB::Table, which LocalStack's resource provider ignores.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.utils.patch import Patch


def set_point_in_time_recovery() -> None:
    """Apply a template's recovery setting after its table has been created."""
    Patch.function(DynamoDBTableProvider.create, _create).apply()


def _create(create: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    recovery = request.desired_state.get("PointInTimeRecoverySpecification")
    if recovery and progress.status == OperationStatus.SUCCESS:
        request.aws_client_factory.dynamodb.update_continuous_backups(
            TableName=request.desired_state["TableName"], PointInTimeRecoverySpecification=recovery
        )
    return progress
