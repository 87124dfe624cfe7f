"""The deployer's permissions compared with those in CloudFormation's resource schemas.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
The schemas come with cfn-lint, as files that are read here, since its import takes seconds.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from infra.deploy.deployer_actions import BY_TYPE

HANDLERS = ("create", "read", "update", "delete")

NOT_USED: dict[str, dict[str, str]] = {
    "AWS::ApiGateway::RestApi": {
        "no policy of the API's own": "apigateway:UpdateRestApiPolicy",
        "its document is in the template": "s3:GetObject",
        "no integration with a role": "iam:PassRole",
    },
    "AWS::DynamoDB::Table": {
        "no replicas": "dynamodb:AssociateTableReplica dynamodb:CreateTableReplica dynamodb:BatchWriteItem "
        "dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan "
        "dynamodb:UpdateItem iam:CreateServiceLinkedRole",
        "no policy of the table's own": "dynamodb:DeleteResourcePolicy dynamodb:PutResourcePolicy",
        "no import from S3": "dynamodb:DescribeImport dynamodb:ImportTable s3:GetObject s3:GetObjectMetadata "
        "s3:ListBucket logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups "
        "logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy",
        "no stream": "dynamodb:DisableKinesisStreamingDestination dynamodb:EnableKinesisStreamingDestination "
        "dynamodb:UpdateKinesisStreamingDestination kinesis:DescribeStream kinesis:PutRecords",
        "no contributor insights": "dynamodb:UpdateContributorInsights",
        "the key's policy allows it through DynamoDB": "kms:CreateGrant kms:Decrypt kms:DescribeKey "
        "kms:Encrypt kms:ListAliases kms:RevokeGrant",
    },
    "AWS::Events::Rule": {"the rule has no role": "iam:PassRole"},
    "AWS::IAM::Role": {
        "no managed policies": "iam:AttachRolePolicy iam:DetachRolePolicy",
        "a boundary is never taken away": "iam:DeleteRolePermissionsBoundary",
        "only in stages with a boundary, by a grant of its own": "iam:PutRolePermissionsBoundary",
    },
    "AWS::Lambda::Alias": {
        "no gradual deployment": "codedeploy:CreateDeployment codedeploy:GetDeployment "
        "codedeploy:GetDeploymentConfig codedeploy:GetDeploymentGroup codedeploy:StopDeployment",
    },
    "AWS::Lambda::EventSourceMapping": {
        "no filter to encrypt": "kms:Decrypt kms:DescribeKey kms:GenerateDataKey"
    },
    "AWS::Lambda::Function": {
        "no VPC": "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets "
        "ec2:DescribeVpcs",
        "no file system": "elasticfilesystem:DescribeMountTargets s3files:ListMountTargets",
        "variables are encrypted with AWS's key": "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt "
        "kms:GenerateDataKey",
        "no code signing": "lambda:DeleteFunctionCodeSigningConfig lambda:GetCodeSigningConfig "
        "lambda:PutFunctionCodeSigningConfig",
        "no concurrency of a function's own": "lambda:DeleteFunctionConcurrency "
        "lambda:PutFunctionConcurrency lambda:PutFunctionScalingConfig lambda:PassCapacityProvider",
        "no layers": "lambda:GetLayerVersion",
        "no choice of a runtime's version": "lambda:AssociateRuntimeAlias lambda:PutRuntimeManagementConfig",
        "versions are resources of their own": "lambda:PublishVersion",
        "the bucket has no versions": "s3:GetObjectVersion",
    },
    "AWS::Lambda::Version": {
        "the alias has provisioned concurrency": "lambda:PutProvisionedConcurrencyConfig",
        "no choice of a runtime's version": "lambda:PutRuntimeManagementConfig",
        "no concurrency of a function's own": "lambda:PutFunctionScalingConfig",
    },
    "AWS::Logs::LogGroup": {
        "no delivery elsewhere": "firehose:TagDeliveryStream logs:CreateLogDelivery s3:REST.PUT.OBJECT",
        "no policies": "logs:DeleteDataProtectionPolicy logs:DeleteIndexPolicy logs:DeleteResourcePolicy "
        "logs:DescribeResourcePolicies logs:PutDataProtectionPolicy logs:PutIndexPolicy "
        "logs:PutResourcePolicy",
        "no tokens": "logs:PutBearerTokenAuthentication",
        "no protection from deletion": "logs:PutLogGroupDeletionProtection",
    },
    "AWS::S3::Bucket": {
        "no role to replicate with, and no replicas": "iam:PassRole s3:DeleteBucketReplication "
        "s3:PutBucketReplication s3:PutReplicationConfiguration",
        "no table of metadata": "s3:CreateBucketMetadataTableConfiguration "
        "s3:DeleteBucketMetadataTableConfiguration s3:UpdateBucketMetadataAnnotationTableConfiguration "
        "s3:UpdateBucketMetadataInventoryTableConfiguration "
        "s3:UpdateBucketMetadataJournalTableConfiguration s3tables:CreateNamespace s3tables:CreateTable "
        "s3tables:CreateTableBucket s3tables:GetTable s3tables:GetTableMetadataLocation "
        "s3tables:PutTableBucketPolicy s3tables:PutTableEncryption s3tables:PutTablePolicy "
        "s3tables:UpdateTableMetadataLocation",
        "no analytics, inventory or metrics": "s3:DeleteBucketAnalyticsConfiguration "
        "s3:DeleteBucketMetricsConfiguration s3:PutAnalyticsConfiguration s3:PutInventoryConfiguration "
        "s3:PutMetricsConfiguration",
        "no website, and no pages of other origins": "s3:DeleteBucketCors s3:DeleteBucketWebsite "
        "s3:PutBucketCORS s3:PutBucketWebsite",
        "no access lists, and no access by tags": "s3:PutBucketAbac s3:PutBucketAcl s3:PutObjectAcl",
        "no versions and no locks": "s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning "
        "s3:PutObjectLockConfiguration",
        "no log of requests and no notifications": "s3:PutBucketLogging s3:PutBucketNotification",
        "no acceleration, and one storage class": "s3:PutAccelerateConfiguration "
        "s3:PutIntelligentTieringConfiguration",
        "a teardown empties the bucket, CloudFormation does not": "s3:DeleteObject",
    },
    "AWS::SNS::Topic": {
        "no log of deliveries": "iam:GetRole iam:PassRole",
        "no policy on data": "sns:PutDataProtectionPolicy",
        "subscriptions are not the stack's": "sns:Subscribe sns:Unsubscribe",
    },
}
"""Permissions for properties that the template does not have, by resource type and reason."""


@pytest.mark.parametrize("kind", BY_TYPE)
def test_all_that_a_handler_calls_is_allowed(kind: str) -> None:
    """All permissions that a resource's handlers need are granted, except exactly those in `NOT_USED`."""
    handlers = schema_of(kind)["handlers"]
    called = {action for name in HANDLERS for action in handlers.get(name, {}).get("permissions", [])}
    allowed = {f"{grant.service}:{action}" for grant in BY_TYPE[kind] for action in grant.actions.split()}
    unused = {action for actions in NOT_USED.get(kind, {}).values() for action in actions.split()}
    assert called
    assert called - allowed == unused


def schema_of(kind: str) -> dict[str, Any]:
    """Return a resource type's schema in us-east-1: a file that is named by its hash."""
    spec = find_spec("cfnlint")
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent / "data" / "schemas"
    digest = json.loads((folder / "providers" / "us-east-1.json").read_bytes())[kind]
    schema: dict[str, Any] = json.loads((folder / "resources" / f"{digest}.json").read_bytes())
    return schema
