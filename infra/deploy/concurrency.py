"""Check of the account's concurrency limit against the concurrency that a stage may need.

All functions of an account and region share one limit, which is low in a new account. Nothing is reserved for
the API: a backlog that uses up the limit causes submissions to be throttled.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import boto3
from botocore.exceptions import ClientError

from infra.stages import StageSettings

_OTHERS = 10
"""Concurrency that the API and release_tasks need while the queues' functions use all of theirs."""


def shortage(session: boto3.Session, settings: StageSettings) -> str | None:
    """Describe the account's lack of concurrency, or why it was not checked; None if there is enough.

    Functions of other stages and applications use the same concurrency; they are not counted.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
    """
    wanted = settings.process_concurrency + settings.monitor_concurrency + _OTHERS
    try:
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return f"the account's concurrency is not checked (lambda:GetAccountSettings: {code})"
    limit = limits["UnreservedConcurrentExecutions"]
    if limit >= wanted:
        return None
    return (
        f"this account can run {limit} functions at once, and {settings.stack_name} may need {wanted}: "
        "a backlog would throttle submissions. Ask Service Quotas for more concurrent executions of "
        f"Lambda, or lower process_concurrency ({settings.process_concurrency}) of the stage"
    )
