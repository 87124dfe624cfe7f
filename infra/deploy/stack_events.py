"""Events of a stack's resources, followed until a change of the stack has ended."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from infra.deploy.endpoint import is_aws
from infra.errors import ResourceFailure

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackEventTypeDef

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


def follow(
    client: "CloudFormationClient", stack_arn: str, begin: Callable[[], object], progress: Progress
) -> list[ResourceFailure]:
    """Begin a change of a stack, wait for its end, and return the resources that failed.

    Args:
        client: CloudFormation client.
        stack_arn: The stack.
        begin: Begins the change.
        progress: Called with each event of each resource.
    """
    before = next(_events(client, stack_arn))["EventId"]
    begin()
    failed = []
    for event in _events_until_done(client, stack_arn, before):
        resource = ResourceEvent(
            logical_id=event["LogicalResourceId"],
            resource_type=event["ResourceType"],
            status=event["ResourceStatus"],
            reason=event.get("ResourceStatusReason") or "",
        )
        progress(resource)
        if resource.status.endswith("_FAILED") and not resource.reason.startswith(_CANCELLED):
            failed.append(resource)
    return _failures(failed)


def pauses(client: "CloudFormationClient") -> Iterator[float]:
    """Yield the seconds to wait between two polls: short for an emulator, growing to a second for AWS."""
    pause, longest = 0.1, 1.0 if is_aws(client.meta.endpoint_url) else 0.15
    while True:
        yield pause
        pause = min(pause * 1.3, longest)


def _events_until_done(
    client: "CloudFormationClient", stack_arn: str, last: str
) -> Iterator["StackEventTypeDef"]:
    """Yield the resources' events after the one with the id `last`, until the stack's change has ended.

    The change begins with an event of the stack itself, some time after it was requested. A status that was
    read before that event may be the former one. The status of a change set is not used, because LocalStack
    cannot describe a change set whose update failed.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
    """
    begun, read_at = False, 0.0
    for pause in pauses(client):
        [stack] = client.describe_stacks(StackName=stack_arn)["Stacks"]
        ended = begun and not stack["StackStatus"].endswith(_TRANSIENT)
        # A page of events costs an emulator ten times as much as the status.
        if ended or not begun or time.monotonic() - read_at > _EVENTS_SECONDS:
            read_at = time.monotonic()
            for event in _events_after(last, client, stack_arn):
                last = event["EventId"]
                if event.get("PhysicalResourceId") == stack_arn:
                    begun = True
                else:
                    yield event
        if ended:
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


def _events(client: "CloudFormationClient", stack: str) -> Iterator["StackEventTypeDef"]:
    """Yield a stack's events, newest first, fetching pages as needed."""
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _events_after(last: str, client: "CloudFormationClient", stack: str) -> list["StackEventTypeDef"]:
    """Return a stack's events after the one with the id `last`, oldest first."""
    newest_first = takewhile(lambda event: event["EventId"] != last, _events(client, stack))
    return [*newest_first][::-1]
