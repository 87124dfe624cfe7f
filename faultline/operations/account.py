"""The AWS account that a session's credentials belong to."""

import boto3

from infra.errors import aws_errors


def account_of(session: boto3.Session) -> str:
    """Return the account's 12 digits.

    Raises:
        AwsUnavailable: If AWS cannot be asked.
    """
    with aws_errors("asking whose credentials these are"):
        return str(session.client("sts").get_caller_identity()["Account"])
