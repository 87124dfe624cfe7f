"""Checks of the stack's resource settings."""

from collections.abc import Iterator
from typing import Any

from faultline.operations.verification.check import NotAsPromised
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.observability import alarms_of

_DAY = 86_400


def encryption(stage: Deployed) -> None:
    """Check that the queues are encrypted and, if the stage has its own key, the table and logs, too."""
    own = stage.settings.customer_managed_key
    table = stage.session.client("dynamodb").describe_table(TableName=stage.outputs.task_table_name)["Table"]
    if own and not table.get("SSEDescription", {}).get("KMSMasterKeyArn"):
        raise NotAsPromised("the table is not encrypted with the stage's own key")
    for url in _queue_urls(stage):
        attributes = _attributes(stage, url)
        if own and not attributes.get("KmsMasterKeyId"):
            raise NotAsPromised(f"{url} is not encrypted with the stage's own key")
        if not own and attributes.get("SqsManagedSseEnabled") != "true":
            raise NotAsPromised(f"{url} is not encrypted")
    for group in _log_groups(stage):
        if own and not group.get("kmsKeyId"):
            raise NotAsPromised(f"{group['logGroupName']} is not encrypted with the stage's own key")


def retention(stage: Deployed) -> None:
    """Check that the retention of messages and logs matches the stage's settings."""
    settings = stage.settings
    for url in _queue_urls(stage):
        kept = int(_attributes(stage, url)["MessageRetentionPeriod"])
        if kept != settings.message_retention_days * _DAY:
            raise NotAsPromised(
                f"{url} keeps messages for {kept} s, not {settings.message_retention_days} days"
            )
    for group in _log_groups(stage):
        if group.get("retentionInDays") != settings.log_retention_days:
            raise NotAsPromised(
                f"{group['logGroupName']} keeps events for {group.get('retentionInDays', 'all')} days, "
                f"not {settings.log_retention_days}"
            )


def protection(stage: Deployed) -> None:
    """Check that the table's deletion protection is as set, and that required backups are enabled."""
    settings, name = stage.settings, stage.outputs.task_table_name
    client = stage.session.client("dynamodb")
    protected = client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled", False)
    if settings.retain_data and not protected:
        raise NotAsPromised(f"{name} can be deleted")
    if protected and not settings.retain_data:
        raise NotAsPromised(
            f"{name} is protected from deletion, so it would remain after its stack is deleted"
        )
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    status = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if settings.point_in_time_recovery and status != "ENABLED":
        raise NotAsPromised(f"{name} cannot be restored to a point in time")


def names(stage: Deployed) -> None:
    """Check that the resources watched by the alarms exist."""
    session = stage.session
    known = {
        "FunctionName": {
            each["FunctionName"]
            for page in session.client("lambda").get_paginator("list_functions").paginate()
            for each in page["Functions"]
        },
        "ApiName": {
            each["name"]
            for page in session.client("apigateway").get_paginator("get_rest_apis").paginate()
            for each in page["items"]
        },
        "QueueName": {url.rpartition("/")[2] for url in _queue_urls(stage)},
        "TableName": {
            name
            for page in session.client("dynamodb").get_paginator("list_tables").paginate()
            for name in page["TableNames"]
        },
        "RuleName": {
            each["Name"]
            for each in session.client("events").list_rules(NamePrefix=stage.settings.stack_name)["Rules"]
        },
    }
    for alarm in alarms_of(stage):
        for name, value in _dimensions(alarm):
            if name in known and value not in known[name]:
                raise NotAsPromised(f"{alarm['AlarmName']} watches the {name} {value}, which does not exist")


def _dimensions(alarm: dict[str, Any]) -> Iterator[tuple[str, str]]:
    metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric in metrics or [alarm]:
        for dimension in metric.get("Dimensions", []):
            yield dimension["Name"], dimension["Value"]


def _queue_urls(stage: Deployed) -> tuple[str, str]:
    return stage.outputs.task_queue_url, stage.outputs.task_dlq_url


def _attributes(stage: Deployed, url: str) -> dict[str, str]:
    answer = stage.session.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {**answer["Attributes"]}  # type: ignore[dict-item]


def _log_groups(stage: Deployed) -> list[dict[str, Any]]:
    client = stage.session.client("logs")
    found: list[Any] = []
    for name in (stage.settings.log_group_name, stage.settings.access_log_group_name):
        groups = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        found += (matching := [each for each in groups if each["logGroupName"] == name])
        if not matching:
            raise NotAsPromised(f"there is no log group {name}")
    return found
