"""Retention and key of AWS::Logs::LogGroup, which LocalStack ignores.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.logs.resource_providers.aws_logs_loggroup import LogsLogGroupProvider
from localstack.utils.patch import Patch
from moto.logs.models import logs_backends


def correct() -> None:
    """Make LocalStack set the retention and the key of a log group that it creates."""
    Patch.function(LogsLogGroupProvider.create, _create).apply()


def _create(create: Any, provider: LogsLogGroupProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS:
        name, days = request.desired_state["LogGroupName"], request.desired_state.get("RetentionInDays")
        if days is not None:
            request.aws_client_factory.logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
        # AssociateKmsKey is not implemented.
        group = logs_backends[request.account_id][request.region_name].groups[name]
        group.kms_key_id = request.desired_state.get("KmsKeyId")
    return progress
