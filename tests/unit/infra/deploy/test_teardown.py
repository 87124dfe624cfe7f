"""Deletions that fail or stop; tests/sandbox has those that succeed."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.deploy import stack_deletion
from infra.deploy.teardown import Effect, Teardown, delete, teardown
from infra.errors import DeploymentInProgress, StackProtected, TeardownFailed
from infra.project.project import Project
from infra.stages import stage
from tests.unit.only_clients import OnlyClients

ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/faultline-dev/1"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLANNED = Teardown(name="faultline-dev", stack_arn=ARN, is_protected=False, stays=(), loses=(), others=1)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_deletion, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(stack_deletion, "_DELETE_FAILED_SECONDS", 0)


def stack(status: str) -> dict[str, Any]:
    description = {"StackName": "faultline-dev", "StackId": ARN, "StackStatus": status, "CreationTime": NOW}
    return {"Stacks": [description]}


def events(*newest_first: tuple[str, str, str]) -> dict[str, Any]:
    return {
        "StackEvents": [
            {
                "StackId": ARN,
                "StackName": "faultline-dev",
                "EventId": f"{logical}-{status}",
                "LogicalResourceId": logical,
                "PhysicalResourceId": ARN if logical == "faultline-dev" else logical,
                "ResourceType": "AWS::S3::Bucket",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "Timestamp": NOW,
            }
            for logical, status, reason in newest_first
        ]
    }


def test_a_deletion_that_fails_is_one_line_with_the_reason(session: OnlyClients, answers: Stubber) -> None:
    """The error of a failed deletion omits earlier failures, and resources that were deleted in the end."""
    earlier = ("Old", "DELETE_FAILED", "long ago")
    answers.add_response("describe_stack_events", events(earlier))
    answers.add_response("delete_stack", {}, {"StackName": ARN})
    answers.add_response("describe_stacks", stack("DELETE_IN_PROGRESS"))
    answers.add_response("describe_stacks", stack("DELETE_FAILED"))
    answers.add_response(
        "describe_stack_events",
        events(
            ("faultline-dev", "DELETE_FAILED", "The following resource(s) failed to delete: [Bucket]."),
            ("Role", "DELETE_COMPLETE", ""),
            ("Bucket", "DELETE_FAILED", "not empty"),
            ("Role", "DELETE_FAILED", "still in use"),
            earlier,
        ),
    )

    with pytest.raises(TeardownFailed) as failed:
        delete(session, PLANNED)

    assert str(failed.value) == "faultline-dev could not be deleted: Bucket (AWS::S3::Bucket): not empty"


def test_a_stack_that_is_gone_meanwhile_is_deleted(session: OnlyClients, answers: Stubber) -> None:
    answers.add_response("describe_stack_events", events())
    answers.add_response("delete_stack", {}, {"StackName": ARN})
    answers.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")
    answers.add_response("describe_stack_events", events())

    delete(session, PLANNED)


@pytest.mark.parametrize(
    ("project", "place"),
    [
        (None, "infra/stages.py"),
        (Project(folder=Path(), kinds="tasks"), r"faultline.toml, under \[stages.prod\]"),
    ],
)
def test_a_protected_stack_says_where_its_protection_is_set(project: Project | None, place: str) -> None:
    session = OnlyClients("cloudformation", "apigateway")
    settings = dataclasses.replace(stage("prod"), project=project)
    with Stubber(session.clients["cloudformation"]) as stacks, Stubber(session.clients["apigateway"]) as keys:
        found = stack("UPDATE_COMPLETE")
        found["Stacks"][0]["EnableTerminationProtection"] = True
        stacks.add_response("describe_stacks", found)
        stacks.add_response("get_template", {"TemplateBody": '{"Resources": {}}'})
        stacks.add_response("list_stack_resources", {"StackResourceSummaries": []})
        keys.add_response("get_api_keys", {"items": [{"name": "faultline-prod:client"}]})
        planned = teardown(session, settings)
        assert planned is not None
        assert planned.stays[-1].why.endswith(": faultline keys revoke --aws --stage prod client")
        with pytest.raises(StackProtected, match=f"turn off termination_protection in {place}, and deploy"):
            delete(session, planned)


def test_the_secret_that_an_interrupted_deletion_left_is_deleted() -> None:
    """CloudFormation goes on after an interruption, and does not know the callback secret."""
    session, dev = OnlyClients("cloudformation", "ssm"), stage("dev")
    name = {"Name": dev.callback_secret_parameter}
    with Stubber(session.clients["cloudformation"]) as stacks, Stubber(session.clients["ssm"]) as secrets:
        for _ in range(2):
            stacks.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")
        secrets.add_response("get_parameter", {"Parameter": name}, name)
        planned = teardown(session, dev)
        assert planned is not None
        assert [each.name for each in planned.loses] == [dev.callback_secret_parameter]
        secrets.add_response("delete_parameter", {}, name)
        delete(session, planned)
        secrets.add_client_error("get_parameter", "ParameterNotFound")
        assert teardown(session, dev) is None
        stacks.assert_no_pending_responses()
        secrets.assert_no_pending_responses()


def test_a_deployment_under_way_is_not_disturbed(session: OnlyClients, answers: Stubber) -> None:
    answers.add_response("describe_stacks", stack("UPDATE_IN_PROGRESS"))

    with pytest.raises(DeploymentInProgress, match=r"UPDATE_IN_PROGRESS"):
        teardown(session, stage("dev"))


def test_objects_that_cannot_be_deleted_end_the_deletion() -> None:
    """S3 answers with a success even if it has deleted no object; CloudFormation is not asked then."""
    session = OnlyClients("cloudformation", "s3")
    lost = Effect(name="mine", kind="AWS::S3::Bucket", why="with its objects")
    failed = {"Key": "b", "Code": "AccessDenied", "Message": "not you"}
    with Stubber(session.clients["s3"]) as objects:
        objects.add_response("list_objects_v2", {"Contents": [{"Key": "a"}, {"Key": "b"}]})
        objects.add_response("delete_objects", {"Errors": [failed]})
        with pytest.raises(TeardownFailed) as stopped:
            delete(session, dataclasses.replace(PLANNED, loses=(lost,)))

    assert str(stopped.value) == (
        "mine could not be emptied: 1 of 2 objects remain; b: AccessDenied: not you"
    )


def test_a_deployer_who_may_not_list_keys_is_told_of_them() -> None:
    session = OnlyClients("cloudformation", "apigateway")
    with Stubber(session.clients["cloudformation"]) as stacks, Stubber(session.clients["apigateway"]) as keys:
        stacks.add_response("describe_stacks", stack("UPDATE_COMPLETE"))
        stacks.add_response("get_template", {"TemplateBody": '{"Resources": {}}'})
        stacks.add_response("list_stack_resources", {"StackResourceSummaries": []})
        keys.add_client_error("get_api_keys", "AccessDeniedException")
        planned = teardown(session, stage("prod"))

    assert planned is not None
    assert (planned.stays[-1].name, planned.stays[-1].why) == (
        "faultline-prod:*",
        "no longer valid, if there are any; they cannot be listed (AccessDeniedException)",
    )


def test_a_deletion_that_was_interrupted_is_taken_up(session: OnlyClients, answers: Stubber) -> None:
    """A teardown during a deletion plans only the remaining resources, without counting tasks."""
    table = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "RetainExceptOnCreate"}
    template = {"Resources": {"Table": table, "Role": {"Type": "AWS::IAM::Role"}, "Gone": {"Type": "x"}}}
    answers.add_response("describe_stacks", stack("DELETE_IN_PROGRESS"))
    answers.add_response("get_template", {"TemplateBody": json.dumps(template)}, {"StackName": ARN})
    answers.add_response(
        "list_stack_resources",
        {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": logical,
                    "PhysicalResourceId": f"my-{logical}",
                    "ResourceType": template["Resources"][logical]["Type"],
                    "ResourceStatus": status,
                    "LastUpdatedTimestamp": NOW,
                }
                for logical, status in (
                    ("Table", "CREATE_COMPLETE"),
                    ("Role", "DELETE_IN_PROGRESS"),
                    ("Gone", "DELETE_COMPLETE"),
                )
            ]
        },
    )

    planned = teardown(session, stage("dev"))

    assert planned is not None
    assert (planned.stays[0].name, planned.stays[0].why) == ("my-Table", "has the records of all tasks")
    assert [each.name for each in planned.loses] == ["/faultline/dev/callback-secret"]
    assert planned.others == 1
