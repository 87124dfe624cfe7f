"""The IAM actions that CloudFormation needs for each type of resource, with the deployer's permissions.

Actions are those that the types' schemas in CloudFormation's registry list for their handlers, without those
for properties that this stack does not use. For types without such a list they are taken from their API:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
Resources and conditions: the service authorization reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Permission for actions of one service on some resources.

    Attributes:
        actions: Names, separated by spaces.
        resources: ARNs without `arn:<partition>:`, with the placeholders `{region}`, `{account}`, `{stack}`
            and
            `{stage}`.
        conditions: Conditions in IAM's form.
        why: The reason why the resources are not limited to this stage's own.
    """

    service: str
    actions: str
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    why: str = ""


def _grant(service: str, actions: str, *resources: str, why: str = "", **conditions: Any) -> Grant:
    return Grant(service=service, actions=actions, resources=resources, conditions=conditions, why=why)


_FUNCTIONS = "lambda:{region}:{account}:function:{stack}-*"
_OF_FUNCTIONS = {"ArnLike": {"lambda:FunctionArn": "arn:{partition}:" + _FUNCTIONS}}
_ROLES = "iam::{account}:role/{stack}-*"
_NO_NAME_YET = "a resource that is being created has no ARN yet"
_GATEWAY = (
    _grant(
        "apigateway",
        "GET POST PUT PATCH DELETE",
        "apigateway:{region}::/restapis",
        "apigateway:{region}::/restapis/*",
        "apigateway:{region}::/usageplans",
        "apigateway:{region}::/usageplans/*",
        "apigateway:{region}::/tags/*",
        why="APIs and usage plans have generated ids, and no names in their ARNs",
    ),
)

BY_TYPE: Mapping[str, tuple[Grant, ...]] = {
    "AWS::ApiGateway::Deployment": _GATEWAY,
    "AWS::ApiGateway::RestApi": _GATEWAY,
    "AWS::ApiGateway::Stage": _GATEWAY,
    "AWS::ApiGateway::UsagePlan": _GATEWAY,
    "AWS::CloudWatch::Alarm": (
        _grant(
            "cloudwatch",
            "PutMetricAlarm DescribeAlarms DeleteAlarms ListTagsForResource TagResource UntagResource",
            "cloudwatch:{region}:{account}:alarm:{stack}-*",
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        _grant(
            "cloudwatch",
            "PutDashboard GetDashboard DeleteDashboards",
            "cloudwatch::{account}:dashboard/{stack}-*",
        ),
    ),
    "AWS::DynamoDB::Table": (
        _grant(
            "dynamodb",
            "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive "
            "DescribeContinuousBackups UpdateContinuousBackups DescribeContributorInsights "
            "DescribeKinesisStreamingDestination GetResourcePolicy ListTagsOfResource TagResource "
            "UntagResource",
            "dynamodb:{region}:{account}:table/{stack}-*",
        ),
    ),
    "AWS::Events::Rule": (
        _grant(
            "events",
            "PutRule DescribeRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets "
            "ListTargetsByRule ListTagsForResource TagResource UntagResource",
            "events:{region}:{account}:rule/{stack}-*",
        ),
    ),
    "AWS::IAM::Role": (
        _grant(
            "iam",
            "CreateRole GetRole DeleteRole UpdateRole UpdateAssumeRolePolicy UpdateRoleDescription "
            "PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies "
            "ListAttachedRolePolicies TagRole UntagRole",
            _ROLES,
        ),
    ),
    "AWS::KMS::Key": (
        _grant("kms", "CreateKey", "*", why=_NO_NAME_YET),
        _grant(
            "kms",
            "DescribeKey GetKeyPolicy PutKeyPolicy EnableKeyRotation DisableKeyRotation "
            "GetKeyRotationStatus EnableKey DisableKey UpdateKeyDescription ScheduleKeyDeletion "
            "ListResourceTags TagResource UntagResource",
            "kms:{region}:{account}:key/*",
            why="keys have generated ids; a key's own policy limits its other users",
        ),
    ),
    "AWS::Lambda::Alias": (
        _grant(
            "lambda",
            "CreateAlias GetAlias UpdateAlias DeleteAlias PutProvisionedConcurrencyConfig "
            "GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::EventInvokeConfig": (
        _grant(
            "lambda",
            "PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig "
            "GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::EventSourceMapping": (
        _grant(
            "lambda",
            "CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping "
            "DeleteEventSourceMapping",
            "*",
            why=f"{_NO_NAME_YET}, and a mapping's ARN has a generated id; limited by its function instead",
            **_OF_FUNCTIONS,
        ),
        # CloudFormation tags what it creates. Tagging a mapping has no condition on its function:
        # https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
        _grant(
            "lambda",
            "TagResource UntagResource ListTags",
            "lambda:{region}:{account}:event-source-mapping:*",
            why="mappings have generated ids, and their tags no condition on the function",
        ),
    ),
    "AWS::Lambda::Function": (
        _grant(
            "lambda",
            "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration "
            "DeleteFunction ListTags TagResource UntagResource GetFunctionConfiguration "
            "GetFunctionCodeSigningConfig GetFunctionRecursionConfig PutFunctionRecursionConfig "
            "GetFunctionScalingConfig GetRuntimeManagementConfig",
            _FUNCTIONS,
        ),
        _grant("s3", "GetObject", "s3:::{stack}-artifacts-{account}-{region}/*"),
        _grant("iam", "PassRole", _ROLES, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
    ),
    "AWS::Lambda::Permission": (_grant("lambda", "AddPermission RemovePermission GetPolicy", _FUNCTIONS),),
    "AWS::Lambda::Version": (
        _grant(
            "lambda",
            "PublishVersion ListVersionsByFunction GetFunctionConfiguration DeleteFunction "
            "GetProvisionedConcurrencyConfig GetRuntimeManagementConfig GetFunctionScalingConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Logs::LogGroup": (
        _grant(
            "logs",
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
            "AssociateKmsKey DisassociateKmsKey GetDataProtectionPolicy DescribeIndexPolicies "
            "ListTagsForResource ListTagsLogGroup TagResource UntagResource",
            "logs:{region}:{account}:log-group:/aws/lambda/{stack}*",
            "logs:{region}:{account}:log-group:/aws/apigateway/{stack}*",
        ),
        _grant("logs", "DescribeLogGroups", "*", why="listing applies to all log groups"),
    ),
    "AWS::SNS::Topic": (
        _grant(
            "sns",
            "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic "
            "ListSubscriptionsByTopic GetDataProtectionPolicy ListTagsForResource TagResource "
            "UntagResource",
            "sns:{region}:{account}:{stack}-*",
        ),
    ),
    "AWS::SQS::Queue": (
        _grant(
            "sqs",
            "CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue "
            "ListQueueTags TagQueue UntagQueue",
            "sqs:{region}:{account}:{stack}-*",
        ),
    ),
    "AWS::SQS::QueuePolicy": (_grant("sqs", "SetQueueAttributes", "sqs:{region}:{account}:{stack}-*"),),
    "AWS::SSM::Parameter": (
        _grant(
            "ssm",
            "PutParameter GetParameters DeleteParameter AddTagsToResource RemoveTagsFromResource "
            "ListTagsForResource",
            "ssm:{region}:{account}:parameter/faultline/{stage}/*",
        ),
    ),
}

OWN: tuple[Grant, ...] = (
    _grant(
        "cloudformation",
        "CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet DescribeStacks "
        "DescribeStackEvents DescribeStackResource ListStackResources DeleteStack GetTemplate "
        "UpdateTerminationProtection",
        "cloudformation:{region}:{account}:stack/{stack}/*",
    ),
    _grant(
        "s3",
        "CreateBucket ListBucket PutBucketPublicAccessBlock PutBucketPolicy",
        "s3:::{stack}-artifacts-{account}-{region}",
    ),
    _grant("s3", "GetObject PutObject AbortMultipartUpload", "s3:::{stack}-artifacts-{account}-{region}/*"),
    _grant("lambda", "GetAccountSettings", "*", why="the settings are the account's"),
    _grant("apigateway", "GET PATCH", "apigateway:{region}::/account"),
    _grant("iam", "GetRole CreateRole", "iam::{account}:role/faultline-apigateway-logs"),
    _grant(
        "iam",
        "AttachRolePolicy",
        "iam::{account}:role/faultline-apigateway-logs",
        ArnEquals={
            "iam:PolicyARN": "arn:{partition}:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs"
        },
    ),
    _grant(
        "iam",
        "PassRole",
        "iam::{account}:role/faultline-apigateway-logs",
        StringEquals={"iam:PassedToService": "apigateway.amazonaws.com"},
    ),
    # API Gateway makes its service-linked role with the first API of an account:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    _grant(
        "iam",
        "CreateServiceLinkedRole",
        "iam::{account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
        StringEquals={"iam:AWSServiceName": "ops.apigateway.amazonaws.com"},
    ),
)
"""The actions of `infra.deploy.deployment` itself, before and beside CloudFormation's."""
