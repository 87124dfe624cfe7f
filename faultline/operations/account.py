"""Lookup of the AWS account of a session's credentials."""

import boto3

from infra.errors import aws_errors


def account_of(session: boto3.Session) -> str:
    """Return the 12-digit id of the AWS account of a session's credentials.

    Raises:
        AwsUnavailable: If AWS cannot be reached or rejects the credentials.
    """
    with aws_errors("looking up the account of the credentials"):
        return str(session.client("sts").get_caller_identity()["Account"])
