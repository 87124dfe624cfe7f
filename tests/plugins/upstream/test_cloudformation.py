"""Faults of LocalStack and moto in CloudFormation whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import pytest
from localstack import config
from localstack.services.apigateway.resource_providers.aws_apigateway_restapi import ApiGatewayRestApiProvider
from localstack.services.apigateway.resource_providers.aws_apigateway_stage import ApiGatewayStageProvider
from localstack.services.cloudformation.deployment_utils import check_not_found_exception
from localstack.services.cloudformation.engine.v2 import change_set_model_executor
from localstack.services.cloudformation.engine.v2.change_set_model import ChangeSetModel
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.cloudformation.v2.provider import CloudformationProviderV2
from localstack.services.cloudwatch.resource_providers.aws_cloudwatch_alarm import CloudWatchAlarmProvider
from localstack.services.dynamodb.resource_providers.aws_dynamodb_table import DynamoDBTableProvider
from localstack.services.events.resource_providers.aws_events_rule import EventsRuleProvider
from localstack.services.iam.resource_providers.aws_iam_role import IAMRoleProvider
from localstack.services.kms.resource_providers.aws_kms_key import KMSKeyProvider
from localstack.services.lambda_.resource_providers.aws_lambda_eventinvokeconfig import (
    LambdaEventInvokeConfigProvider,
)
from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider
from localstack.services.lambda_.resource_providers.lambda_alias import LambdaAliasProvider
from localstack.services.logs.resource_providers.aws_logs_loggroup import LogsLogGroupProvider
from localstack.services.sns.resource_providers.aws_sns_topic import SNSTopicProvider


def test_termination_protection_does_nothing() -> None:
    """Deleting a stack ignores its termination protection (cloudformation.stack_updates.termination)."""
    assert "enable_termination_protection" not in inspect.getsource(CloudformationProviderV2.delete_stack)


@pytest.mark.parametrize(
    "provider",
    [
        ApiGatewayRestApiProvider,
        ApiGatewayStageProvider,
        CloudWatchAlarmProvider,
        DynamoDBTableProvider,
        EventsRuleProvider,
        KMSKeyProvider,
        LambdaAliasProvider,
        LambdaEventInvokeConfigProvider,
        LogsLogGroupProvider,
    ],
)
def test_resource_has_no_update(provider: Any) -> None:
    """Several providers cannot update their resource (cloudformation.stack_updates)."""
    with pytest.raises(NotImplementedError):
        provider().update(None)


def test_missing_update_succeeds() -> None:
    """An update that is not implemented is reported as done (cloudformation.stack_updates.provider)."""
    source = inspect.getsource(ResourceProviderExecutor.execute_action)
    refused = source[source.index("except NotImplementedError") :]
    assert "status=OperationStatus.SUCCESS, resource_model=request.previous_state" in refused


def test_digits_count_as_a_status() -> None:
    """An error that names x404 means a missing resource (cloudformation.stack_updates.deletion_errors)."""
    denied = Exception("Table x404 cannot be deleted while deletion protection is enabled")
    assert check_not_found_exception(denied, "AWS::DynamoDB::Table", {})


@pytest.mark.parametrize(
    ("method", "call"),
    [
        (ApiGatewayStageProvider.create, "MethodSettings"),
        (LogsLogGroupProvider.create, "put_retention_policy("),
        (DynamoDBTableProvider.create, "DeletionProtectionEnabled"),
        (SNSTopicProvider.update, "KmsMasterKeyId"),
        (IAMRoleProvider.update, "put_role_policy("),
        (LambdaFunctionProvider.create, "put_function_recursion_config("),
        (LambdaFunctionProvider.update, "setdefault("),
    ],
)
def test_resource_overlooks_properties(method: Callable[..., Any], call: str) -> None:
    """Resource providers ignore some properties (modules in cloudformation.stack_updates)."""
    assert call not in inspect.getsource(method)


def test_reference_to_an_updated_resource_replaces() -> None:
    """A changed reference replaces a resource even if its value is the same (stack_updates.replacement)."""
    source = inspect.getsource(ChangeSetModel._resolve_requires_replacement)
    assert "node_property.change_type != ChangeType.UNCHANGED" in source


def test_resource_before_is_as_its_provider_left_it() -> None:
    """A resource's previous properties come from its provider, not the template (stack_updates.previous)."""
    source = inspect.getsource(change_set_model_executor.ChangeSetModelExecutor._merge_before_properties)
    assert "return PreprocProperties(properties=previous_resource_properties)" in source


def test_failed_update_is_not_undone() -> None:
    """A failed update is reported as rolled back, but is not (cloudformation.stack_updates.rollback)."""
    assert "UPDATE_ROLLBACK_IN_PROGRESS" not in inspect.getsource(change_set_model_executor)


def test_failed_creation_is_not_undone() -> None:
    """A failed creation is reported as rolled back, but is not (cloudformation.stack_updates.creation)."""
    source = inspect.getsource(change_set_model_executor.ChangeSetModelExecutor.execute)
    assert "StackStatus.ROLLBACK_COMPLETE" in source
    assert "ROLLBACK_FAILED" not in source


def test_retain_except_on_create_deletes() -> None:
    """A resource is deleted unless its policy is Retain (cloudformation.stack_updates.retention)."""
    assert "RetainExceptOnCreate" not in inspect.getsource(change_set_model_executor)


def test_waiters_take_whole_seconds() -> None:
    """LocalStack's waiters check again after a second at the earliest (sandbox.speed.deployments)."""
    assert isinstance(config.BOTO_WAITER_DELAY, int)


def test_there_is_no_resource_of_dashboards() -> None:
    """No provider but ours creates dashboards (sandbox.services.cloudformation.dashboard_resource)."""
    found = entry_points(
        group="localstack.cloudformation.resource_providers", name="AWS::CloudWatch::Dashboard"
    )
    assert {each.value.partition(".")[0] for each in found} == {"sandbox"}
