"""CloudWatch's dashboards: in stacks, and refused when their body is wrong.

LocalStack 4.14.0 has them in no stack, takes any body, and has another error for one that there is not.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from typing import Any

from localstack.runtime import hooks
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


@hooks.on_infra_start()
def check_dashboards() -> None:
    """Have PutDashboard look at what it is given, and GetDashboard say that there is none as AWS does."""
    from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
    from localstack.utils.patch import Patch

    Patch.function(CloudwatchProvider.put_dashboard, _put_dashboard).apply()
    Patch.function(CloudwatchProvider.get_dashboard, _get_dashboard).apply()


def _put_dashboard(
    put: Any, provider: Any, context: Any, dashboard_name: str, dashboard_body: str, **kwargs: Any
) -> Any:
    from localstack.aws.api.cloudwatch import DashboardInvalidInputError

    from sandbox.services.cloudformation.dashboard_body import InvalidBody, check

    try:
        check(dashboard_body)
    except InvalidBody as error:
        messages = [{"DataPath": each.data_path, "Message": each.message} for each in error.messages]
        raise DashboardInvalidInputError(str(error), dashboardValidationMessages=messages) from error
    return put(provider, context, dashboard_name, dashboard_body, **kwargs)


def _get_dashboard(get: Any, provider: Any, context: Any, dashboard_name: str, **kwargs: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html"""
    from localstack.aws.api.cloudwatch import DashboardNotFoundError

    if dashboard_name not in provider.get_store(context.account_id, context.region).dashboards:
        raise DashboardNotFoundError(f"Dashboard {dashboard_name} does not exist")
    return get(provider, context, dashboard_name, **kwargs)
