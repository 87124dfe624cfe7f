"""Register CloudWatch's dashboards with CloudFormation, which LocalStack 4.14.0 does not."""

from typing import Any

from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    ResourceProvider,
)


class DashboardProviderPlugin(CloudFormationResourceProviderPlugin):
    """By its name CloudFormation finds it."""

    name = "AWS::CloudWatch::Dashboard"

    def __init__(self) -> None:
        self.factory: type[ResourceProvider[Any]] | None = None

    def load(self) -> None:
        from sandbox.services.cloudformation.dashboard_resource import DashboardProvider

        self.factory = DashboardProvider
