"""The role with which API Gateway writes logs: a setting of the account in a region.

The role must not be part of a stack (AWS::ApiGateway::Account is shared by all): two stages would overwrite
each other's setting, and the removal of one would stop the logs of the other. A deployment sets the role if
there is none, and never changes an existing one.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
import time

import boto3
from botocore.exceptions import ClientError

_ROLE = "faultline-apigateway-logs"
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_PROPAGATION_SECONDS = 60
"""How long a new role may take to become visible to API Gateway."""


def ensure_gateway_logging(session: boto3.Session) -> None:
    """Let API Gateway write access logs in this account and region, unless it already can."""
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
            # A new role is refused: "The role ARN does not have required permissions configured".
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
