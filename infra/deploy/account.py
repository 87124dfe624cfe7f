"""The one setting that API Gateway keeps per account and region: the role it writes logs with.

No stack may own it (AWS::ApiGateway::Account is shared by all): two stages would overwrite each
other's, and removing one would silence the other. So a deployment sets it where it is not set, and
never changes one that is.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
import time

import boto3
from botocore.exceptions import ClientError

_ROLE = "faultline-apigateway-logs"
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_PROPAGATION_SECONDS = 60
"""How long IAM may take to show a new role to API Gateway."""


def ensure_gateway_logging(session: boto3.Session) -> None:
    """Let API Gateway write access logs in this account and region, if nobody has yet."""
    gateway = session.client("apigateway")
    if gateway.get_account().get("cloudwatchRoleArn"):
        return
    role_arn = _ensure_role(session)
    deadline = time.monotonic() + _PROPAGATION_SECONDS
    while True:
        try:
            gateway.update_account(
                patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}]
            )
        except ClientError as error:
            # "The role ARN does not have required permissions configured", while it is new.
            new = error.response["Error"]["Code"] == "BadRequestException"
            if not new or time.monotonic() > deadline:
                raise
            time.sleep(3)
        else:
            return


def _ensure_role(session: boto3.Session) -> str:
    iam = session.client("iam")
    partition = session.get_partition_for_region(session.region_name)
    try:
        role = iam.get_role(RoleName=_ROLE)["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(
            RoleName=_ROLE,
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "apigateway.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        )["Role"]
    iam.attach_role_policy(RoleName=_ROLE, PolicyArn=f"arn:{partition}:iam::aws:policy/{_POLICY}")
    return str(role["Arn"])
