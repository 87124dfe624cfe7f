"""The resource AWS::CloudWatch::Dashboard, which LocalStack's CloudFormation lacks.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
"""

from typing import Any

import localstack.services.cloudformation.provider_utils as util
from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)


class DashboardProvider(ResourceProvider[dict[str, Any]]):
    """Resource provider for dashboards. A dashboard's name is its physical id."""

    TYPE = "AWS::CloudWatch::Dashboard"
    SCHEMA = {  # noqa: RUF012 - as the base class has it
        "typeName": TYPE,
        "properties": {"DashboardName": {"type": "string"}, "DashboardBody": {"type": "string"}},
        "required": ["DashboardBody"],
        "createOnlyProperties": ["/properties/DashboardName"],
        "primaryIdentifier": ["/properties/DashboardName"],
    }

    def create(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        """Put the dashboard, under a generated name if the template has none."""
        state = request.desired_state
        if not state.get("DashboardName"):
            state["DashboardName"] = util.generate_default_name(
                stack_name=request.stack_name, logical_resource_id=request.logical_resource_id
            )
        return _put(request, state["DashboardName"])

    def update(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        """Put the dashboard's new body."""
        assert request.previous_state is not None
        return _put(request, request.previous_state["DashboardName"])

    def delete(self, request: ResourceRequest[dict[str, Any]]) -> ProgressEvent[dict[str, Any]]:
        """Delete the dashboard."""
        cloudwatch = request.aws_client_factory.cloudwatch
        cloudwatch.delete_dashboards(DashboardNames=[request.desired_state["DashboardName"]])
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={})


class DashboardProviderPlugin(CloudFormationResourceProviderPlugin):
    """Plug-in through which CloudFormation finds the resource."""

    name = "AWS::CloudWatch::Dashboard"

    def __init__(self) -> None:
        self.factory: type[ResourceProvider[Any]] | None = None

    def load(self) -> None:
        """Set the resource's provider."""
        self.factory = DashboardProvider


def _put(request: ResourceRequest[dict[str, Any]], name: str) -> ProgressEvent[dict[str, Any]]:
    body = request.desired_state["DashboardBody"]
    request.aws_client_factory.cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
    return ProgressEvent(
        status=OperationStatus.SUCCESS, resource_model={**request.desired_state, "DashboardName": name}
    )
