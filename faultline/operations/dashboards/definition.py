"""Widgets of a dashboard: from CloudWatch, or those that a stage's dashboard would have.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from faultline.operations.errors import OperationFailed
from infra.deploy.endpoint import endpoint
from infra.errors import StackMissing
from infra.stages import StageSettings

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudwatch import CloudWatchClient

type Widgets = list[Mapping[str, Any]]

_NOT_FOUND = ("ResourceNotFound", "InvalidParameterValue")
"""Error codes of AWS, and of emulators, for a dashboard that does not exist."""


class NoDashboard(OperationFailed):
    """CloudWatch has no dashboard of this name."""


@dataclass(frozen=True, kw_only=True)
class DeployedKind:
    """A kind of work by its name, which may have a dependency."""

    name: str
    dependency: object = True


def dashboard_widgets(client: "CloudWatchClient", name: str) -> Widgets:
    """Read the widgets of a dashboard in CloudWatch.

    Raises:
        NoDashboard: If it does not exist.
        ClientError, BotoCoreError: If CloudWatch cannot be reached or refuses the call.
    """
    try:
        body = client.get_dashboard(DashboardName=name)["DashboardBody"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_FOUND:
            raise
        pages = client.get_paginator("list_dashboards").paginate()
        known = sorted(each["DashboardName"] for page in pages for each in page["DashboardEntries"])
        raise NoDashboard(f"there is no dashboard {name}; there are: {', '.join(known) or 'none'}") from error
    return list(json.loads(body)["widgets"])


def stage_widgets(session: boto3.Session, settings: StageSettings, name: str) -> Widgets:
    """Return the widgets that a stage's dashboard has, or would have in CloudWatch.

    They show the kinds of work and the alarms in the template of the deployed stack.

    Args:
        session: Session for the call to CloudFormation.
        settings: Settings of the stage.
        name: Full name of the dashboard.

    Raises:
        StackMissing: If the stage is not deployed.
        ClientError, BotoCoreError: If CloudFormation cannot be reached or refuses the call.
    """
    # Only here, since they import the kinds of work, and with them much that other commands do without.
    from infra.dashboards.stack import dashboards
    from infra.deploy.index_steps import to_template
    from infra.stack.kinds_record import recorded_kinds

    client: CloudFormationClient = session.client("cloudformation")
    try:
        deployed = to_template(client.get_template(StackName=settings.stack_name)["TemplateBody"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise StackMissing(f"{settings.stack_name} is not deployed at {endpoint(session)}") from error
    kinds = [DeployedKind(name=kind) for kind in recorded_kinds(deployed)]
    alarms = [
        resource["Properties"]["AlarmName"]
        for resource in deployed["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    [body] = [
        each.body()
        for each in dashboards(settings, kinds, alarms)
        if settings.dashboard_name(each.name) == name
    ]
    return list(body["widgets"])
