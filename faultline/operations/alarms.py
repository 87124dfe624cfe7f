"""Queries for the firing alarms of a stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from infra.errors import aws_errors
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True, kw_only=True)
class FiringAlarm:
    """An alarm in state ALARM.

    Attributes:
        name: Name without the stage, such as `dead-letters`.
        meaning: Description of the problem.
        first: First step to take; empty if unknown.
        runbook: URL or path of the runbook; empty if unknown.
        since: Time at which it fired.
    """

    name: str
    meaning: str
    first: str
    runbook: str
    since: datetime


def read_alarms(session: boto3.Session, settings: StageSettings) -> list[FiringAlarm]:
    """Read the firing alarms of a stage, in the order in which they fired.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html

    Raises:
        AwsUnavailable: If CloudWatch cannot be reached or rejects the call.
    """
    prefix = f"{settings.stack_name}-"
    client: CloudWatchClient = session.client("cloudwatch")
    with aws_errors("reading alarms"):
        pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
        found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    firing = [
        _firing(alarm["AlarmName"].removeprefix(prefix), alarm.get("AlarmDescription", ""), since)
        for alarm in found
        if (since := alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"])
    ]
    return sorted(firing, key=lambda alarm: alarm.since)


def _firing(name: str, description: str, since: datetime) -> FiringAlarm:
    """Parse the description of an alarm, in the format of `infra.alarms.alarm`."""
    said, _, runbook = description.partition(" More: ")
    meaning, _, first = said.partition(" First: ")
    return FiringAlarm(name=name, meaning=meaning, first=first, runbook=runbook, since=since)
