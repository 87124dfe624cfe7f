"""Change sets that CloudFormation refuses; tests/sandbox has those that it executes."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from infra.deploy.change_set import TemplateSource, prepare
from infra.errors import DeploymentFailed
from tests.unit.infra.deploy.one_client import OneClient

ARN = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/faultline-1/2"
WHY = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]."


@pytest.fixture
def refused(answers: Stubber) -> Stubber:
    """Stub a change set that is refused before its execution, for a reason that names no resource."""
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/faultline-dev/1"
    answers.add_response("create_change_set", {"Id": ARN, "StackId": stack})
    answers.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": WHY})
    return answers


def event(logical: str, **more: str) -> dict[str, Any]:
    return {"LogicalResourceId": logical, "ResourceType": "AWS::SQS::Queue"} | more


def told(session: OneClient) -> list[str]:
    with pytest.raises(DeploymentFailed) as failed:
        prepare(session.cloudformation, "faultline-dev", TemplateSource(body="{}"), "CREATE")
    return str(failed.value).splitlines()


def test_refused_resources_are_told_with_their_reasons(session: OneClient, refused: Stubber) -> None:
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
def test_a_reason_without_events_has_to_suffice(session: OneClient, refused: Stubber, code: str) -> None:
    """A deployer who may not read the events, or an emulator without them, still tells the reason."""
    refused.add_client_error("describe_events", code)
    refused.add_response("delete_change_set", {}, {"ChangeSetName": ARN})

    assert told(session) == [f"CloudFormation refused the change of faultline-dev: {WHY}"]


@pytest.mark.parametrize("operation", ["DescribeEvents", "DeleteChangeSet"])
def test_a_reason_is_told_though_a_later_call_times_out(
    session: OneClient, refused: Stubber, operation: str
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

    session.cloudformation.meta.events.register_first(
        f"before-parameter-build.cloudformation.{operation}", time_out
    )
    assert told(session) == [f"CloudFormation refused the change of faultline-dev: {WHY}"]
    refused.assert_no_pending_responses()
