"""Check of the account's concurrency limit against the concurrency that a stage may need.

All functions of an account and region share one limit, which is low in a new account. Nothing is reserved for
the API: a backlog that uses up the limit causes submissions to be throttled.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.errors import DeploymentFailed
from infra.stages import StageSettings

_OTHERS = 10
"""Concurrency that the API and release_tasks need while the queues' functions use all of theirs."""
_UNRESERVED, _UNRESERVED_AT_LEAST = 100, 10
"""What provisioned concurrency must leave unreserved: as documented, and in accounts with a low limit, where
AWS refuses it with the message "below its minimum value of [10]":
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""

_REMEDY = (
    "Ask Service Quotas for more concurrent executions of Lambda, or set provisioned_concurrency of the "
    "stage to nothing"
)


def lacks(session: boto3.Session, settings: StageSettings, deployed: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the account's concurrency lacks for a stage, or why it was not checked.

    Functions of other stages and applications use the same concurrency; only what they reserve is counted.
    https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

    Args:
        session: Region and credentials.
        settings: The stage.
        deployed: The stack's deployed template. What its functions have provisioned is no longer unreserved.

    Raises:
        DeploymentFailed: AWS would refuse the provisioned concurrency of the stage, and roll back the stack.
    """
    try:
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        yield f"the account's concurrency is not checked (lambda:GetAccountSettings: {code})"
        return
    unreserved, has = limits["UnreservedConcurrentExecutions"], _provisioned(deployed)
    more = sum(settings.provisioned_concurrency.values()) - has
    left = unreserved - more
    if more > 0 and left < _UNRESERVED_AT_LEAST:
        raise DeploymentFailed(
            f"AWS would refuse {more} more provisioned environments of {settings.stack_name}: {left} of this "
            f"account's {unreserved} unreserved concurrent executions of Lambda would be left, and at least "
            f"{_UNRESERVED_AT_LEAST} must be. {_REMEDY}"
        )
    if more > 0 and left < _UNRESERVED:
        yield (
            f"AWS may refuse {more} more provisioned environments of {settings.stack_name}: {left} of this "
            f"account's {unreserved} unreserved concurrent executions of Lambda would be left, and in most "
            f"accounts {_UNRESERVED} must be. {_REMEDY}"
        )
    limit = unreserved + has
    wanted = settings.process_concurrency + settings.monitor_concurrency + _OTHERS
    if limit < wanted:
        yield (
            f"this account can run {limit} functions at once, and {settings.stack_name} may need {wanted}: "
            "a backlog would throttle submissions. Ask Service Quotas for more concurrent executions of "
            f"Lambda, or lower process_concurrency ({settings.process_concurrency}) of the stage"
        )


def _provisioned(template: Mapping[str, Any]) -> int:
    """Return the number of provisioned environments of all functions of a template."""
    return sum(
        int(
            each["Properties"]
            .get("ProvisionedConcurrencyConfig", {})
            .get("ProvisionedConcurrentExecutions", 0)
        )
        for each in template.get("Resources", {}).values()
        if each["Type"] == "AWS::Lambda::Alias"
    )
