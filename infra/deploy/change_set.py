"""Change sets: prepare a change to a stack, execute it, and follow it to its end.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy.stack_events import Progress, follow, pauses
from infra.errors import DeploymentFailed, ResourceFailure

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

type _Reason = Literal["ValidationStatusReason", "HookStatusReason", "ResourceStatusReason"]

# CloudFormation's messages when there is nothing to do, for which it has no error code.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_UNANSWERED = (ClientError, BotoCoreError)

_REASONS: tuple[_Reason, ...] = ("ValidationStatusReason", "HookStatusReason", "ResourceStatusReason")


@dataclass(frozen=True, kw_only=True)
class TemplateSource:
    """A template, either inline or at an S3 URL; the unused field is empty."""

    body: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """A prepared change to one stack."""

    client: "CloudFormationClient"
    arn: str
    stack_arn: str

    def discard(self) -> None:
        """Delete the change set without executing it."""
        self.client.delete_change_set(ChangeSetName=self.arn)

    def execute(self, progress: Progress) -> None:
        """Execute the change set and wait for its end.

        Args:
            progress: Called with each event of each resource.

        Raises:
            DeploymentFailed: The change failed; the error lists the failed resources.
        """
        failures = follow(
            self.client,
            self.stack_arn,
            lambda: self.client.execute_change_set(ChangeSetName=self.arn),
            progress,
        )
        [stack] = self.client.describe_stacks(StackName=self.stack_arn)["Stacks"]
        if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentFailed(
                f"{stack['StackName']} could not be deployed; it is now {stack['StackStatus']}",
                failures,
            )


def prepare(
    client: "CloudFormationClient",
    stack_name: str,
    template: TemplateSource,
    kind: Literal["CREATE", "UPDATE"],
) -> ChangeSet | None:
    """Create a change set for a template; return None if the template changes nothing.

    Args:
        client: CloudFormation client.
        stack_name: The stack to change.
        template: The new template.
        kind: Whether to create or update the stack.

    Raises:
        DeploymentFailed: CloudFormation refuses the template.
    """
    create = partial(
        client.create_change_set,
        StackName=stack_name,
        ChangeSetName=f"faultline-{uuid.uuid4()}",
        ChangeSetType=kind,
        Capabilities=["CAPABILITY_IAM"],
    )
    created = create(TemplateURL=template.url) if template.url else create(TemplateBody=template.body)
    change_set = ChangeSet(client=client, arn=created["Id"], stack_arn=created["StackId"])
    for pause in pauses(client):
        described = client.describe_change_set(ChangeSetName=change_set.arn)
        if described["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            break
        time.sleep(pause)
    if described["Status"] == "CREATE_COMPLETE":
        return change_set
    reason = described.get("StatusReason") or "no reason given"
    if any(words in reason for words in _NO_CHANGES):
        change_set.discard()
        return None
    refused = _refused(client, change_set.arn)
    with suppress(*_UNANSWERED):  # the reason matters more
        change_set.discard()
    raise DeploymentFailed(f"CloudFormation refused the change of {stack_name}: {reason}", refused)


def _refused(client: "CloudFormationClient", arn: str) -> list[ResourceFailure]:
    """Return the resources for which CloudFormation refuses a change set, as far as it can say.

    A reason such as "validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]" names none of them.
    Their events are deleted with the change set. Without them the reason has to suffice, as in an emulator.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    pages = client.get_paginator("describe_events").paginate(
        ChangeSetName=arn, Filters={"FailedEvents": True}
    )
    try:
        events = [event for page in pages for event in page["OperationEvents"]]
    except _UNANSWERED:
        return []
    return [
        ResourceFailure(
            logical_id=event["LogicalResourceId"],
            resource_type=event.get("ResourceType", "unknown type"),
            reason=reason,
        )
        for event in events
        if event.get("LogicalResourceId")
        and event.get("ValidationFailureMode") != "WARN"
        and (reason := next((event[key] for key in _REASONS if event.get(key)), ""))
    ]
