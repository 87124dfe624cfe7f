"""Lookup of the AWS account to which credentials belong."""

import boto3

from infra.errors import aws_errors


def account_of(session: boto3.Session) -> str:
    """Return the 12-digit id of the account to which a session's credentials belong.

    Raises:
        AwsUnavailable: If AWS cannot be reached or rejects the credentials.
    """
    with aws_errors("looking up the account of the credentials"):
        return str(session.client("sts").get_caller_identity()["Account"])
