"""The IAM actions that CloudFormation needs for each type of resource, with the deployer's permissions.

The actions are those that the types' schemas in CloudFormation's registry list for their handlers, without
those for properties that this stack does not use. For types whose schemas list none, they come from the API:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
Resources and conditions are from the service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping

from infra.deploy.grant import Grant, grant
from infra.stage_names import STACK_TAG

_FUNCTIONS = "lambda:{region}:{account}:function:{stack}-*"
_OF_FUNCTIONS = {"ArnLike": {"lambda:FunctionArn": "arn:{partition}:" + _FUNCTIONS}}
_ROLES = "iam::{account}:role/{stack}-*"
_KEYS = "kms:{region}:{account}:key/*"
_NO_NAME_YET = "a resource that is being created has no ARN yet"
_NEW = {"StringEquals": {f"aws:RequestTag/{STACK_TAG}": "{stack}"}}
_OWN = {"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": "{stack}"}}
"""Conditions that limit an action to resources that are created with the stack's tag, or have it:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""
_IDS = "APIs and usage plans have generated ids, and no names in their ARNs"
_GATEWAY = (
    grant(
        "apigateway",
        "GET",
        *(
            f"apigateway:{{region}}::/{path}"
            for path in ("restapis", "restapis/*", "usageplans", "usageplans/*")
        ),
        "apigateway:{region}::/tags/*",
        why=f"{_IDS}; it may be read",
    ),
    grant(
        "apigateway",
        "POST",
        "apigateway:{region}::/restapis",
        "apigateway:{region}::/usageplans",
        why=f"{_IDS}; limited by their tag instead",
        conditions=_NEW,
    ),
    # Parts of an API or a usage plan inherit its tags:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html
    grant(
        "apigateway",
        "POST PUT PATCH DELETE",
        "apigateway:{region}::/restapis/*",
        "apigateway:{region}::/usageplans/*",
        why=f"{_IDS}; limited by their tag instead",
        conditions=_OWN,
    ),
    # Tagging has no condition on the tags that a resource already has:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    grant(
        "apigateway",
        "PUT",
        "apigateway:{region}::/tags/*",
        why=f"{_IDS}; only the stack's own tag may be given",
        conditions=_NEW,
    ),
)

BY_TYPE: Mapping[str, tuple[Grant, ...]] = {
    "AWS::ApiGateway::Deployment": _GATEWAY,
    "AWS::ApiGateway::RestApi": _GATEWAY,
    "AWS::ApiGateway::Stage": _GATEWAY,
    "AWS::ApiGateway::UsagePlan": _GATEWAY,
    "AWS::CloudWatch::Alarm": (
        grant(
            "cloudwatch",
            "PutMetricAlarm DeleteAlarms ListTagsForResource TagResource UntagResource",
            "cloudwatch:{region}:{account}:alarm:{stack}-*",
        ),
        # CloudWatch may compare it with `alarm:*`, whichever alarms are asked for:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
        grant("cloudwatch", "DescribeAlarms", "*", why="listing applies to all alarms"),
    ),
    "AWS::CloudWatch::Dashboard": (
        grant(
            "cloudwatch",
            "PutDashboard GetDashboard DeleteDashboards ListTagsForResource TagResource UntagResource",
            "cloudwatch::{account}:dashboard/{stack}-*",
        ),
    ),
    "AWS::DynamoDB::Table": (
        grant(
            "dynamodb",
            "CreateTable DescribeTable UpdateTable DeleteTable DescribeTimeToLive UpdateTimeToLive "
            "DescribeContinuousBackups UpdateContinuousBackups DescribeContributorInsights "
            "DescribeKinesisStreamingDestination GetResourcePolicy ListTagsOfResource TagResource "
            "UntagResource",
            "dynamodb:{region}:{account}:table/{stack}-*",
        ),
    ),
    "AWS::Events::Rule": (
        grant(
            "events",
            "PutRule DescribeRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets "
            "ListTargetsByRule ListTagsForResource TagResource UntagResource",
            "events:{region}:{account}:rule/{stack}-*",
        ),
    ),
    "AWS::IAM::Role": (
        grant(
            "iam",
            "GetRole DeleteRole UpdateRole UpdateAssumeRolePolicy UpdateRoleDescription "
            "GetRolePolicy ListRolePolicies ListAttachedRolePolicies TagRole UntagRole",
            _ROLES,
        ),
        grant("iam", "CreateRole PutRolePolicy DeleteRolePolicy", _ROLES, bounded=True),
    ),
    # https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
    "AWS::KMS::Key": (
        grant("kms", "CreateKey", "*", why=f"{_NO_NAME_YET}; limited by its tag", conditions=_NEW),
        # Needed for a key that is being created, so not limited to keys that already have the tag:
        # https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
        grant(
            "kms",
            "TagResource",
            _KEYS,
            why="keys have generated ids; only the stack's own tag may be given, and to no other stage's key",
            conditions={**_NEW, "StringEqualsIfExists": _OWN["StringEquals"]},
        ),
        grant(
            "kms",
            "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
            _KEYS,
            why="keys have generated ids; they may be read",
        ),
        grant(
            "kms",
            "PutKeyPolicy EnableKeyRotation DisableKeyRotation EnableKey DisableKey UpdateKeyDescription "
            "ScheduleKeyDeletion UntagResource",
            _KEYS,
            why="keys have generated ids; limited by their tag instead",
            conditions=_OWN,
        ),
    ),
    "AWS::Lambda::Alias": (
        grant(
            "lambda",
            "CreateAlias GetAlias UpdateAlias DeleteAlias PutProvisionedConcurrencyConfig "
            "GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::EventInvokeConfig": (
        grant(
            "lambda",
            "PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig "
            "GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Lambda::EventSourceMapping": (
        grant(
            "lambda",
            "CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping "
            "DeleteEventSourceMapping",
            "*",
            why=f"{_NO_NAME_YET}, and a mapping's ARN has a generated id; limited by its function instead",
            conditions=_OF_FUNCTIONS,
        ),
        # CloudFormation tags the resources that it creates. Tagging a mapping has no condition on its
        # function:
        # https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
        grant(
            "lambda",
            "TagResource UntagResource ListTags",
            "lambda:{region}:{account}:event-source-mapping:*",
            why="mappings have generated ids, and their tags no condition on the function",
        ),
    ),
    "AWS::Lambda::Function": (
        grant(
            "lambda",
            "CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration "
            "DeleteFunction ListTags TagResource UntagResource GetFunctionConfiguration "
            "GetFunctionCodeSigningConfig GetFunctionRecursionConfig PutFunctionRecursionConfig "
            "GetFunctionScalingConfig GetRuntimeManagementConfig",
            _FUNCTIONS,
        ),
        grant("s3", "GetObject", "s3:::{stack}-artifacts-{account}-{region}/*"),
        grant(
            "iam",
            "PassRole",
            _ROLES,
            conditions={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        ),
    ),
    "AWS::Lambda::Permission": (grant("lambda", "AddPermission RemovePermission GetPolicy", _FUNCTIONS),),
    "AWS::Lambda::Version": (
        grant(
            "lambda",
            "PublishVersion ListVersionsByFunction GetFunctionConfiguration DeleteFunction "
            "GetProvisionedConcurrencyConfig GetRuntimeManagementConfig GetFunctionScalingConfig",
            _FUNCTIONS,
        ),
    ),
    "AWS::Logs::LogGroup": (
        grant(
            "logs",
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
            "AssociateKmsKey DisassociateKmsKey GetDataProtectionPolicy DescribeIndexPolicies "
            "ListTagsForResource ListTagsLogGroup TagResource UntagResource",
            "logs:{region}:{account}:log-group:/aws/lambda/{stack}*",
            "logs:{region}:{account}:log-group:/aws/apigateway/{stack}*",
        ),
        grant("logs", "DescribeLogGroups", "*", why="listing applies to all log groups"),
    ),
    "AWS::S3::Bucket": (
        grant(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketLifecycle DeleteBucketEncryption ListBucket "
            "ListTagsForResource TagResource UntagResource PutBucketTagging PutLifecycleConfiguration "
            "PutEncryptionConfiguration PutBucketPublicAccessBlock PutBucketOwnershipControls "
            "GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS "
            "GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification "
            "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPublicAccessBlock "
            "GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration "
            "GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration "
            "GetMetricsConfiguration GetReplicationConfiguration",
            "s3:::{stack}-tasks-{account}-{region}",
        ),
    ),
    "AWS::S3::BucketPolicy": (
        grant(
            "s3",
            "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
            "s3:::{stack}-tasks-{account}-{region}",
        ),
    ),
    "AWS::SNS::Topic": (
        grant(
            "sns",
            "CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic "
            "ListSubscriptionsByTopic GetDataProtectionPolicy ListTagsForResource TagResource "
            "UntagResource",
            "sns:{region}:{account}:{stack}-*",
        ),
    ),
    "AWS::SNS::TopicPolicy": (grant("sns", "SetTopicAttributes", "sns:{region}:{account}:{stack}-*"),),
    "AWS::SQS::Queue": (
        grant(
            "sqs",
            "CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue "
            "ListQueueTags TagQueue UntagQueue",
            "sqs:{region}:{account}:{stack}-*",
        ),
    ),
    "AWS::SQS::QueuePolicy": (grant("sqs", "SetQueueAttributes", "sqs:{region}:{account}:{stack}-*"),),
    "AWS::SSM::Parameter": (
        grant(
            "ssm",
            "PutParameter GetParameters DeleteParameter AddTagsToResource RemoveTagsFromResource "
            "ListTagsForResource",
            "ssm:{region}:{account}:parameter/faultline/{stage}/*",
        ),
    ),
}

BOUNDARY = grant("iam", "PutRolePermissionsBoundary", _ROLES, bounded=True)
"""The additional grant for stages with a permissions boundary."""
