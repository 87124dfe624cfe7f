"""Deletion protection of AWS::DynamoDB::Table, which LocalStack leaves out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.utils.patch import Patch


def correct() -> None:
    """Set it when LocalStack has created a table."""
    Patch.function(DynamoDBTableProvider.create, _create).apply()


def _create(create: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    state = request.desired_state
    if progress.status == OperationStatus.SUCCESS and "DeletionProtectionEnabled" in state:
        protected = str(state["DeletionProtectionEnabled"]).lower() == "true"
        request.aws_client_factory.dynamodb.update_table(
            TableName=state["TableName"], DeletionProtectionEnabled=protected
        )
    return progress
