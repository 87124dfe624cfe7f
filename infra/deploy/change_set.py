"""Change sets: prepare a change to a stack, execute it, and follow it to its end.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from infra.deploy.endpoint import is_aws
from infra.errors import DeploymentFailed, ResourceFailure

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackEventTypeDef

# CloudFormation's messages when there is nothing to do, for which it has no error code.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# Statuses of a stack that is still changing. CREATE_FAILED and UPDATE_FAILED occur in LocalStack before
# ROLLBACK_COMPLETE; on AWS they are final only for a stack without rollback.
_TRANSIENT = ("_IN_PROGRESS", "CREATE_FAILED", "UPDATE_FAILED")
# Reasons of resources that were still waiting when another one failed.
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled")

_EVENTS_SECONDS = 0.5
"""Minimum interval between two reads of a stack's events while it changes."""


@dataclass(frozen=True, kw_only=True)
class ResourceEvent:
    """A change of a resource's status, for showing progress."""

    logical_id: str
    resource_type: str
    status: str
    """For example CREATE_IN_PROGRESS, UPDATE_COMPLETE or CREATE_FAILED."""
    reason: str


Progress = Callable[[ResourceEvent], None]


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
        before = next(_events(self.client, self.stack_arn))["EventId"]
        self.client.execute_change_set(ChangeSetName=self.arn)
        failed = []
        for event in self._events_until_done(before):
            resource = ResourceEvent(
                logical_id=event["LogicalResourceId"],
                resource_type=event["ResourceType"],
                status=event["ResourceStatus"],
                reason=event.get("ResourceStatusReason") or "",
            )
            progress(resource)
            if resource.status.endswith("_FAILED") and not resource.reason.startswith(_CANCELLED):
                failed.append(resource)
        [stack] = self.client.describe_stacks(StackName=self.stack_arn)["Stacks"]
        if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentFailed(
                f"{stack['StackName']} could not be deployed; it is now {stack['StackStatus']}",
                _failures(failed),
            )

    def _events_until_done(self, last: str) -> Iterator["StackEventTypeDef"]:
        """Yield the resources' events after the one with the id `last`, until the stack's change has ended.

        The change begins with an event of the stack itself. The status of the change set is not used, because
        LocalStack cannot describe a change set whose update failed.
        """
        begun, read_at = False, 0.0
        for pause in _pauses(self.client):
            [stack] = self.client.describe_stacks(StackName=self.stack_arn)["Stacks"]
            ended = not stack["StackStatus"].endswith(_TRANSIENT)
            # A page of events costs an emulator ten times as much as the status.
            if ended or not begun or time.monotonic() - read_at > _EVENTS_SECONDS:
                read_at = time.monotonic()
                for event in _events_after(last, self.client, self.stack_arn):
                    last = event["EventId"]
                    if event.get("PhysicalResourceId") == self.stack_arn:
                        begun = True
                    else:
                        yield event
            if begun and ended:
                return
            time.sleep(pause)


def _failures(failed: list[ResourceEvent]) -> list[ResourceFailure]:
    """Return the failures that have a reason, or all failures if none has one.

    LocalStack gives no reason for resources that depend on a failed one.
    """
    return [
        ResourceFailure(
            logical_id=resource.logical_id,
            resource_type=resource.resource_type,
            reason=resource.reason or "no reason given",
        )
        for resource in [each for each in failed if each.reason] or failed
    ]


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
    for pause in _pauses(client):
        described = client.describe_change_set(ChangeSetName=change_set.arn)
        if described["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            break
        time.sleep(pause)
    if described["Status"] == "CREATE_COMPLETE":
        return change_set
    reason = described.get("StatusReason") or "no reason given"
    change_set.discard()
    if any(words in reason for words in _NO_CHANGES):
        return None
    raise DeploymentFailed(f"CloudFormation refused the change of {stack_name}: {reason}")


def _events(client: "CloudFormationClient", stack: str) -> Iterator["StackEventTypeDef"]:
    """Yield a stack's events, newest first, fetching pages as needed."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _events_after(last: str, client: "CloudFormationClient", stack: str) -> list["StackEventTypeDef"]:
    """Return a stack's events after the one with the id `last`, oldest first."""
    newest_first = takewhile(lambda event: event["EventId"] != last, _events(client, stack))
    return [*newest_first][::-1]


def _pauses(client: "CloudFormationClient") -> Iterator[float]:
    """Yield the seconds to wait between two polls: short for an emulator, growing to a second for AWS."""
    pause, longest = 0.1, 1.0 if is_aws(client.meta.endpoint_url) else 0.15
    while True:
        yield pause
        pause = min(pause * 1.3, longest)
