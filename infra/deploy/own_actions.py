"""The IAM actions that `infra.deploy.deployment` itself uses, in addition to CloudFormation's."""

from infra.deploy.grant import Grant, grant
from infra.stage_names import STACK_TAG

OWN: tuple[Grant, ...] = (
    # Other parties' resources must not be imported into the stack, whose deployer could then change them. A
    # deployment of a stage that was deleted imports the resources that it retained:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security_iam_id-based-policy-examples.html
    grant(
        "cloudformation",
        "CreateChangeSet",
        "cloudformation:{region}:{account}:stack/{stack}/*",
        conditions={
            "ForAllValues:StringEqualsIgnoreCase": {
                "cloudformation:ImportResourceTypes": [
                    "AWS::DynamoDB::Table",
                    "AWS::S3::Bucket",
                    "AWS::SQS::Queue",
                ]
            }
        },
    ),
    grant(
        "cloudformation",
        "DescribeChangeSet ExecuteChangeSet DeleteChangeSet ContinueUpdateRollback DescribeStacks "
        "DescribeEvents DescribeStackEvents DescribeStackResource ListStackResources DeleteStack GetTemplate "
        "UpdateTerminationProtection",
        "cloudformation:{region}:{account}:stack/{stack}/*",
    ),
    grant(
        "s3",
        "CreateBucket ListBucket PutBucketPublicAccessBlock PutBucketPolicy",
        "s3:::{stack}-artifacts-{account}-{region}",
    ),
    grant("s3", "GetObject PutObject AbortMultipartUpload", "s3:::{stack}-artifacts-{account}-{region}/*"),
    # A deployment waits until each new index is filled.
    grant("dynamodb", "DescribeTable", "dynamodb:{region}:{account}:table/{stack}-*"),
    # A teardown empties the bucket of payloads and results.
    grant("s3", "ListBucket", "s3:::{stack}-tasks-{account}-{region}"),
    grant("s3", "DeleteObject", "s3:::{stack}-tasks-{account}-{region}/*"),
    grant(
        "ssm",
        "GetParameter PutParameter DeleteParameter",
        "ssm:{region}:{account}:parameter/faultline/{stage}/callback-secret",
    ),
    grant("ssm", "DescribeParameters", "*", why="listing applies to all parameters"),
    # https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    grant(
        "kms",
        "Encrypt Decrypt",
        "kms:{region}:{account}:key/*",
        why="keys have generated ids; limited by their tag, and to the callback secret",
        conditions={
            "StringEquals": {
                f"aws:ResourceTag/{STACK_TAG}": "{stack}",
                "kms:EncryptionContext:PARAMETER_ARN": "arn:{partition}:ssm:{region}:{account}:"
                "parameter/faultline/{stage}/callback-secret",
            }
        },
    ),
    grant("lambda", "GetAccountSettings", "*", why="the settings are the account's"),
    grant("apigateway", "GET PATCH", "apigateway:{region}::/account"),
    grant("iam", "GetRole CreateRole", "iam::{account}:role/faultline-apigateway-logs"),
    grant(
        "iam",
        "AttachRolePolicy",
        "iam::{account}:role/faultline-apigateway-logs",
        conditions={
            "ArnEquals": {
                "iam:PolicyARN": "arn:{partition}:iam::aws:policy/service-role/"
                "AmazonAPIGatewayPushToCloudWatchLogs"
            }
        },
    ),
    grant(
        "iam",
        "PassRole",
        "iam::{account}:role/faultline-apigateway-logs",
        conditions={"StringEquals": {"iam:PassedToService": "apigateway.amazonaws.com"}},
    ),
    # API Gateway creates its service-linked role with the first API of an account:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    grant(
        "iam",
        "CreateServiceLinkedRole",
        "iam::{account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
        conditions={"StringEquals": {"iam:AWSServiceName": "ops.apigateway.amazonaws.com"}},
    ),
)
