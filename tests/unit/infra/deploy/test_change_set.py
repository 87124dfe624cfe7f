"""Change sets that CloudFormation refuses, or executes late; tests/sandbox has those that it executes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from infra.deploy.change_set import ChangeSet, TemplateSource, prepare
from infra.errors import DeploymentFailed
from tests.unit.only_clients import OnlyClients

ARN = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/faultline-1/2"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/faultline-dev/1"
WHY = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]."


@pytest.fixture
def refused(answers: Stubber) -> Stubber:
    """Stub a change set that is refused before its execution, for a reason that names no resource."""
    answers.add_response("create_change_set", {"Id": ARN, "StackId": STACK})
    answers.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": WHY})
    return answers


def event(logical: str, **more: str) -> dict[str, Any]:
    return {"LogicalResourceId": logical, "ResourceType": "AWS::SQS::Queue"} | more


def told(session: OnlyClients) -> list[str]:
    with pytest.raises(DeploymentFailed) as failed:
        prepare(session.clients["cloudformation"], "faultline-dev", TemplateSource(body="{}"), "CREATE")
    return str(failed.value).splitlines()


def test_refused_resources_are_told_with_their_reasons(session: OnlyClients, refused: Stubber) -> None:
    """The events of a refused change set are read before it is deleted."""
    exists = event("TaskQueue", ValidationStatusReason="it exists", ValidationFailureMode="FAIL")
    warning = event("Bucket", ValidationStatusReason="it is not empty", ValidationFailureMode="WARN")
    hook = event("TaskTable", HookStatusReason="it has no backup")
    no_resource = {"EventType": "STACK_EVENT", "OperationStatus": "FAILED"}
    asked = {"ChangeSetName": ARN, "Filters": {"FailedEvents": True}}
    page = {"OperationEvents": [no_resource, exists, warning], "NextToken": "more"}
    refused.add_response("describe_events", page, asked)
    refused.add_response("describe_events", {"OperationEvents": [hook]}, asked | {"NextToken": "more"})
    refused.add_response("delete_change_set", {}, {"ChangeSetName": ARN})

    assert told(session) == [
        f"CloudFormation refused the change of faultline-dev: {WHY}",
        "  TaskQueue (AWS::SQS::Queue): it exists",
        "  TaskTable (AWS::SQS::Queue): it has no backup",
    ]


@pytest.mark.parametrize("code", ["AccessDenied", "InternalFailure"])
def test_a_reason_without_events_has_to_suffice(session: OnlyClients, refused: Stubber, code: str) -> None:
    """A deployer who may not read the events, or an emulator without them, still tells the reason."""
    refused.add_client_error("describe_events", code)
    refused.add_response("delete_change_set", {}, {"ChangeSetName": ARN})

    assert told(session) == [f"CloudFormation refused the change of faultline-dev: {WHY}"]


@pytest.mark.parametrize("operation", ["DescribeEvents", "DeleteChangeSet"])
def test_a_reason_is_told_though_a_later_call_times_out(
    session: OnlyClients, refused: Stubber, operation: str
) -> None:
    """The change set is deleted even if its events cannot be read, and its reason told in any case."""
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "DescribeEvents": ("describe_events", {"OperationEvents": []}),
        "DeleteChangeSet": ("delete_change_set", {}),
    }
    for name, (method, answer) in calls.items():
        if name != operation:
            refused.add_response(method, answer)

    def time_out(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://a.example")

    session.clients["cloudformation"].meta.events.register_first(
        f"before-parameter-build.cloudformation.{operation}", time_out
    )
    assert told(session) == [f"CloudFormation refused the change of faultline-dev: {WHY}"]
    refused.assert_no_pending_responses()


def test_the_status_before_a_change_is_not_taken_for_its_end(session: OnlyClients, answers: Stubber) -> None:
    """CloudFormation may begin between the reads of the status and of the events."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    named = {"StackName": "faultline-dev", "StackId": STACK}

    def has_status(status: str) -> None:
        answers.add_response(
            "describe_stacks", {"Stacks": [named | {"StackStatus": status, "CreationTime": now}]}
        )

    def has_events(*newest_first: str) -> None:
        of_stack = {"LogicalResourceId": "faultline-dev", "PhysicalResourceId": STACK, "Timestamp": now}
        events = [named | of_stack | {"EventId": each, "ResourceStatus": each} for each in newest_first]
        answers.add_response("describe_stack_events", {"StackEvents": events})

    has_events("CREATE_COMPLETE")
    answers.add_response("execute_change_set", {}, {"ChangeSetName": ARN})
    has_status("CREATE_COMPLETE")
    has_events("UPDATE_IN_PROGRESS", "CREATE_COMPLETE")
    has_status("UPDATE_COMPLETE")
    has_events("UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "CREATE_COMPLETE")
    has_status("UPDATE_COMPLETE")

    ChangeSet(client=session.clients["cloudformation"], arn=ARN, stack_arn=STACK).execute(lambda _: None)
