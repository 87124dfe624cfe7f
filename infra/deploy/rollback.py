"""Continuation of a rollback that has failed.

CloudFormation leaves a stack in UPDATE_ROLLBACK_FAILED when an update fails and cannot be undone, for
example because a permission is missing. The stack cannot be updated until its rollback has been continued to
the end:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
"""

from typing import TYPE_CHECKING

from infra.deploy.stack_events import Progress, follow
from infra.errors import DeploymentFailed

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


def continue_rollback(client: "CloudFormationClient", name: str, stack_arn: str, progress: Progress) -> None:
    """Continue the rollback of a stack in UPDATE_ROLLBACK_FAILED, and wait for its end.

    No resource is skipped, since the stack would no longer be as its template says.

    Raises:
        DeploymentFailed: The rollback failed again; the error lists the failed resources.
    """
    failures = follow(
        client, stack_arn, lambda: client.continue_update_rollback(StackName=stack_arn), progress
    )
    [stack] = client.describe_stacks(StackName=stack_arn)["Stacks"]
    if stack["StackStatus"] != "UPDATE_ROLLBACK_COMPLETE":
        raise DeploymentFailed(
            f"the rollback of {name} failed again; it is {stack['StackStatus']}. Fix the cause, then "
            "deploy again (see docs/operations.md)",
            failures,
        )
