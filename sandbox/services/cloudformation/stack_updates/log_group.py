"""AWS::Logs::LogGroup: how long it keeps its events, and its key, which LocalStack leaves out from the start.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
"""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.logs.resource_providers.aws_logs_loggroup import LogsLogGroupProvider
from localstack.utils.patch import Patch
from moto.logs.models import logs_backends

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse


def correct() -> None:
    """LocalStack has no update, and a create that forgets."""
    Patch.function(LogsLogGroupProvider.create, _create).apply()
    Patch.function(LogsLogGroupProvider.update, _update).apply()


def _create(create: Any, provider: LogsLogGroupProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS:
        name = request.desired_state["LogGroupName"]
        if "RetentionInDays" in request.desired_state:
            _retain(request, name)
        if "KmsKeyId" in request.desired_state:
            _encrypt(request, name)
    return progress


def _update(_: Any, provider: LogsLogGroupProvider, request: Any) -> ProgressEvent[Any]:
    changes, name = changed(provider, request), request.previous_state["LogGroupName"]
    refuse(changes - {"RetentionInDays", "KmsKeyId"})
    _retain(request, name)
    if "KmsKeyId" in changes:
        _encrypt(request, name)
    return done(provider, request)


def _encrypt(request: Any, name: str) -> None:
    """Without a key of its own, a group is encrypted with one that CloudWatch Logs has. (AssociateKmsKey is
    not implemented.)"""
    group = logs_backends[request.account_id][request.region_name].groups[name]
    group.kms_key_id = request.desired_state.get("KmsKeyId")


def _retain(request: Any, name: str) -> None:
    """Without a number of days events never expire."""
    logs, days = request.aws_client_factory.logs, request.desired_state.get("RetentionInDays")
    if days is None:
        logs.delete_retention_policy(logGroupName=name)
    else:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
