"""The AWS account and region that a command runs in."""

import boto3

from infra.deploy.deployer_policy import Place
from infra.errors import aws_errors


def place_of(session: boto3.Session, *, account: str | None = None, region: str | None = None) -> Place:
    """Return the account and region of a session.

    Args:
        session: The session to take them from.
        account: An account to use instead of the one that owns the credentials.
        region: A region to use instead of the session's.

    Raises:
        AwsUnavailable: If AWS cannot be asked for the account.
    """
    if account is None:
        with aws_errors("asking whose credentials these are"):
            account = session.client("sts").get_caller_identity()["Account"]
    return Place(account=account, region=region or session.region_name)
