"""AWS::DynamoDB::Table: indexes, expiry, recovery, protection and tags.

Of indexes, one can be added or one deleted in an update; AWS refuses more, and so it is here.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import CannotChange, changed, done, refuse, tags_of

_SUPPORTED = {
    "AttributeDefinitions",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "PointInTimeRecoverySpecification",
    "Tags",
    "TimeToLiveSpecification",
}


def correct() -> None:
    """LocalStack has no update, and a create that leaves a table unprotected."""
    Patch.function(DynamoDBTableProvider.create, _create).apply()
    Patch.function(DynamoDBTableProvider.update, _update).apply()


def _create(create: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    progress: ProgressEvent[Any] = create(provider, request)
    if progress.status == OperationStatus.SUCCESS and "DeletionProtectionEnabled" in request.desired_state:
        _protect(request, request.desired_state["TableName"])
    return progress


def _update(_: Any, provider: DynamoDBTableProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - _SUPPORTED)
    name = request.previous_state["TableName"]
    if "GlobalSecondaryIndexes" in changes:
        _index(request, name)
    if "TimeToLiveSpecification" in changes:
        _expire(request, name)
    if "PointInTimeRecoverySpecification" in changes:
        _recover(request, name)
    if "DeletionProtectionEnabled" in changes:
        _protect(request, name)
    if "Tags" in changes:
        _tag(request)
    return done(provider, request)


def _index(request: Any, table: str) -> None:
    changes = [*_index_changes(_indexes(request.previous_state), _indexes(request.desired_state))]
    if len(changes) > 1:
        raise CannotChange("Cannot perform more than one GSI creation or deletion in a single update")
    request.aws_client_factory.dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=request.desired_state["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=changes,
    )


def _index_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in before.keys() - after.keys():
        yield {"Delete": {"IndexName": name}}
    for name in after.keys() - before.keys():
        yield {"Create": after[name]}
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            raise CannotChange(f"index {name} cannot be changed; add another and delete it")


def _indexes(state: Mapping[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in state.get("GlobalSecondaryIndexes") or []}


def _expire(request: Any, table: str) -> None:
    specification = request.desired_state.get("TimeToLiveSpecification") or {
        **request.previous_state["TimeToLiveSpecification"],
        "Enabled": False,
    }
    request.aws_client_factory.dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification=specification
    )


def _recover(request: Any, table: str) -> None:
    off = {"PointInTimeRecoveryEnabled": False}
    request.aws_client_factory.dynamodb.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification=request.desired_state.get("PointInTimeRecoverySpecification") or off,
    )


def _protect(request: Any, table: str) -> None:
    protected = str(request.desired_state.get("DeletionProtectionEnabled")).lower() == "true"
    request.aws_client_factory.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=protected)


def _tag(request: Any) -> None:
    dynamodb, arn = request.aws_client_factory.dynamodb, request.previous_state["Arn"]
    before, after = tags_of(request.previous_state), tags_of(request.desired_state)
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=sorted(before.keys() - after.keys()))
    tags = [{"Key": key, "Value": value} for key, value in after.items()]
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
