"""An account without dashboards, which cost money, in which stage `prod` is deployed."""

import json
from typing import Any

from botocore.exceptions import ClientError

from infra.api.openapi import resolvers
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings, stage
from infra.template import template

PROD = stage("prod")


class Meta:
    endpoint_url = "https://cloudformation.eu-west-1.amazonaws.com"


class Aws:
    """A session whose CloudFormation has a template, and whose CloudWatch has metrics but no dashboards."""

    meta = Meta()

    def __init__(self, deployed: dict[str, Any] | None) -> None:
        self.deployed = deployed
        self.operation = ""

    def client(self, _service: str) -> "Aws":
        return self

    def get_dashboard(self, **_asked: str) -> None:
        raise ClientError({"Error": {"Code": "ResourceNotFound", "Message": "none"}}, "GetDashboard")

    def get_template(self, **asked: str) -> dict[str, Any]:
        assert asked == {"StackName": PROD.stack_name}
        if self.deployed is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "none"}}, "GetTemplate")
        return {"TemplateBody": json.dumps(self.deployed)}

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in asked["AlarmNames"]]}

    def get_paginator(self, operation: str) -> "Aws":
        self.operation = operation
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        if self.operation == "list_dashboards":
            return [{"DashboardEntries": []}]
        shown = [each["Id"] for each in asked["MetricDataQueries"] if each["ReturnData"]]
        return [{"MetricDataResults": [{"Id": id, "Timestamps": [], "Values": []} for id in shown]}]


def rendered(settings: StageSettings) -> dict[str, Any]:
    made: dict[str, Any] = template(settings, CodeLocation(bucket="bucket", key="key"), resolvers()).to_dict()
    return made
