"""One change to a stack: prepared, looked at, then executed and watched to its end.

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

# What CloudFormation says when there is nothing to do; it has no code for that.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# A stack on its way. CREATE_FAILED and UPDATE_FAILED are LocalStack's, before ROLLBACK_COMPLETE; on AWS
# a stack rests in them only when it was told not to roll back.
_NOT_RESTING = ("_IN_PROGRESS", "CREATE_FAILED", "UPDATE_FAILED")
# Said of resources that were only waiting when another one failed.
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled")


@dataclass(frozen=True, kw_only=True)
class ResourceEvent:
    """What CloudFormation reports of one resource as it works: for showing progress."""

    logical_id: str
    resource_type: str
    status: str
    """Such as CREATE_IN_PROGRESS, UPDATE_COMPLETE, CREATE_FAILED."""
    reason: str


Progress = Callable[[ResourceEvent], None]


@dataclass(frozen=True, kw_only=True)
class TemplateSource:
    """A template: inline, or at an S3 URL. One of the two is empty."""

    body: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """A prepared change of one stack."""

    client: "CloudFormationClient"
    arn: str
    stack_arn: str

    def discard(self) -> None:
        """Remove it unexecuted."""
        self.client.delete_change_set(ChangeSetName=self.arn)

    def execute(self, progress: Progress) -> None:
        """Carry it out and wait for the end, reporting every event of every resource.

        Raises DeploymentFailed with each resource that failed.
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
        """The resources' events after the one with the id `last`, until the stack begins and rests again.

        It begins with an event of its own. The change set would say so too, but LocalStack 4.14.0
        cannot describe one whose update failed.
        """
        begun = False
        for pause in _pauses(self.client):
            [stack] = self.client.describe_stacks(StackName=self.stack_arn)["Stacks"]
            for event in _events_after(last, self.client, self.stack_arn):
                last = event["EventId"]
                if event.get("PhysicalResourceId") == self.stack_arn:
                    begun = True
                else:
                    yield event
            if begun and not stack["StackStatus"].endswith(_NOT_RESTING):
                return
            time.sleep(pause)


def _failures(failed: list[ResourceEvent]) -> list[ResourceFailure]:
    """The failures that have a reason, if any has: LocalStack fails what depends on them without one."""
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
    """Have CloudFormation work out what a template changes; None when it changes nothing.

    Raises DeploymentFailed when CloudFormation refuses the template.
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
    """A stack's events, the newest first; pages are asked for as they are needed."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _events_after(last: str, client: "CloudFormationClient", stack: str) -> list["StackEventTypeDef"]:
    """A stack's events after the one with the id `last`, the oldest first."""
    newest_first = takewhile(lambda event: event["EventId"] != last, _events(client, stack))
    return [*newest_first][::-1]


def _pauses(client: "CloudFormationClient") -> Iterator[float]:
    """Seconds to wait between questions: an emulator is quick, and nobody's limit; then easy on AWS."""
    pause, longest = 0.1, 1.0 if is_aws(client.meta.endpoint_url) else 0.15
    while True:
        yield pause
        pause = min(pause * 1.3, longest)
