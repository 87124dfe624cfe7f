"""AWS::CloudWatch::Dashboard, which LocalStack 4.14.0 has no resource provider for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
"""

from typing import Any

import localstack.services.cloudformation.provider_utils as util
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)


class DashboardProvider(ResourceProvider[dict[str, Any]]):
    """Puts and deletes the dashboard; its name is what refers to it."""

    TYPE = "AWS::CloudWatch::Dashboard"
    SCHEMA = {  # noqa: RUF012 - as the base class has it
        "typeName": TYPE,
        "properties": {"DashboardName": {"type": "string"}, "DashboardBody": {"type": "string"}},
        "required": ["DashboardBody"],
        "createOnlyProperties": ["/properties/DashboardName"],
        "primaryIdentifier": ["/properties/DashboardName"],
    }

    def create(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        state = request.desired_state
        if not state.get("DashboardName"):
            state["DashboardName"] = util.generate_default_name(
                stack_name=request.stack_name, logical_resource_id=request.logical_resource_id
            )
        return _put(request, state["DashboardName"])

    def update(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        assert request.previous_state is not None
        return _put(request, request.previous_state["DashboardName"])

    def delete(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        cloudwatch = request.aws_client_factory.cloudwatch
        cloudwatch.delete_dashboards(DashboardNames=[request.desired_state["DashboardName"]])
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={})


def _put(request: ResourceRequest[dict[str, Any]], name: str) -> ProgressEvent[dict[str, Any]]:
    body = request.desired_state["DashboardBody"]
    request.aws_client_factory.cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
    return ProgressEvent(
        status=OperationStatus.SUCCESS, resource_model={**request.desired_state, "DashboardName": name}
    )
