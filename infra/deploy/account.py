"""The role with which API Gateway writes logs: a setting of the account in a region.

The role must not be part of a stack (AWS::ApiGateway::Account is shared by all): two stages would overwrite
each other's setting, and the removal of one would stop the logs of the other. A deployment sets the role if
there is none, and never changes an existing one.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
import time
from collections.abc import Callable

import boto3
from botocore.exceptions import ClientError

from infra.deploy.endpoint import is_aws

_ROLE = "faultline-apigateway-logs"
_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_NEW_ROLE_SECONDS = 10
"""How long a new role usually takes to become visible to API Gateway."""
_PAUSE_SECONDS, _ATTEMPTS = 20, 10
"""UpdateAccount may be called once in 20 seconds, which no quota raises. It is tried for three minutes:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
_LATER = frozenset({"BadRequestException", "TooManyRequestsException", "LimitExceededException"})
"""Errors that end by themselves. A new role is refused as a bad request: "The role ARN does not have required
permissions configured". Another deployment in the account may have used up the quota."""


def ensure_gateway_logging(session: boto3.Session, *, sleep: Callable[[float], object] = time.sleep) -> None:
    """Let API Gateway write access logs in this account and region, unless it already can.

    Args:
        session: Region and credentials.
        sleep: Waits for some seconds.
    """
    gateway = session.client("apigateway")
    if gateway.get_account().get("cloudwatchRoleArn"):
        return
    role_arn, is_new = _ensure_role(session)
    if is_new and is_aws(gateway.meta.endpoint_url):
        sleep(_NEW_ROLE_SECONDS)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            gateway.update_account(
                patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _LATER or attempt == _ATTEMPTS:
                raise
            sleep(_PAUSE_SECONDS)
        else:
            return


def _ensure_role(session: boto3.Session) -> tuple[str, bool]:
    """Return the ARN of the role, and whether it was created."""
    iam = session.client("iam")
    partition = session.get_partition_for_region(session.region_name)
    is_new = False
    try:
        role = iam.get_role(RoleName=_ROLE)["Role"]
    except iam.exceptions.NoSuchEntityException:
        is_new = True
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
    return str(role["Arn"]), is_new
