"""Deployments to stacks in unusual states; tests/sandbox has the successful ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.deploy.deployment import deploy, platform
from infra.deploy.outputs import outputs
from infra.deploy.packaging import Artifact, lambda_platform, local_platform
from infra.deploy.stack_events import ResourceEvent
from infra.errors import (
    AwsUnavailable,
    DeploymentFailed,
    DeploymentInProgress,
    InvalidStage,
    KindsMissing,
    StackMissing,
)
from infra.project.project import Project
from infra.stages import stage
from tests.unit.only_clients import OnlyClients

ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/faultline-dev/1"
DEV = replace(stage("dev"), authentication="api-key")
NOTHING = Artifact(path=Path("/nonexistent"), sha256="0")


def stack(status: str, **more: Any) -> dict[str, Any]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    description = {"StackName": "faultline-dev", "StackId": ARN, "StackStatus": status, "CreationTime": now}
    return {"Stacks": [description | more]}


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_busy_stack_is_left_alone(session: OnlyClients, answers: Stubber, status: str) -> None:
    answers.add_response("describe_stacks", stack(status))

    with pytest.raises(DeploymentInProgress, match=rf"another deployment of faultline-dev .* \({status}\)"):
        deploy(session, DEV, NOTHING, {})


def test_stack_that_is_being_deleted_is_left_alone(session: OnlyClients, answers: Stubber) -> None:
    """It is no deployment that is waited for, and after it the callback secret is still to be deleted."""
    answers.add_response("describe_stacks", stack("DELETE_IN_PROGRESS"))

    with pytest.raises(
        DeploymentInProgress,
        match=r"is being deleted; wait for that to end: faultline teardown --aws --stage dev$",
    ):
        deploy(session, DEV, NOTHING, {})


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("UPDATE_FAILED", r"UPDATE_FAILED; repair it in CloudFormation first: role is gone"),
        (
            "DELETE_FAILED",
            r"is partly deleted \(DELETE_FAILED\); continue that: faultline teardown --aws --stage dev$",
        ),
    ],
)
def test_stuck_stack_is_for_its_owner_to_repair(
    session: OnlyClients, answers: Stubber, status: str, told: str
) -> None:
    answers.add_response("describe_stacks", stack(status, StackStatusReason="role is gone"))

    with pytest.raises(DeploymentFailed, match=told):
        deploy(session, DEV, NOTHING, {})


def events(*newest_first: tuple[str, str, str]) -> dict[str, Any]:
    """Return a page of events, given logical ids, statuses and reasons."""
    return {
        "StackEvents": [
            {
                "StackId": ARN,
                "EventId": f"{logical}-{status}",
                "StackName": "faultline-dev",
                "LogicalResourceId": logical,
                "PhysicalResourceId": ARN if logical == "faultline-dev" else logical,
                "ResourceType": "AWS::IAM::Role",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "Timestamp": datetime(2026, 1, 1, tzinfo=UTC),
            }
            for logical, status, reason in newest_first
        ]
    }


@pytest.fixture
def rolling_back(answers: Stubber) -> Callable[..., None]:
    """Return a function that stubs the continued rollback of a stack, which ends in a status."""
    failed = ("faultline-dev", "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed: [Role].")
    begun = ("faultline-dev", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")

    def stub(role: tuple[str, str, str], end: str) -> None:
        answers.add_response("describe_stacks", stack("UPDATE_ROLLBACK_FAILED"))
        answers.add_response("describe_stack_events", events(failed))
        answers.add_response("continue_update_rollback", {}, {"StackName": ARN})
        answers.add_response("describe_stacks", stack("UPDATE_ROLLBACK_IN_PROGRESS"))
        answers.add_response("describe_stack_events", events(begun, failed))
        answers.add_response("describe_stacks", stack(end))
        answers.add_response("describe_stack_events", events(role, begun, failed))
        answers.add_response("describe_stacks", stack(end))

    return stub


def test_rollback_that_failed_is_continued(
    session: OnlyClients, answers: Stubber, rolling_back: Callable[..., None]
) -> None:
    """A deployment continues a failed rollback to its end, and then updates the stack."""
    rolling_back(("Role", "UPDATE_COMPLETE", ""), "UPDATE_ROLLBACK_COMPLETE")
    answers.add_client_error("get_template", "AccessDenied")
    told: list[str] = []
    seen: list[ResourceEvent] = []

    with pytest.raises(AwsUnavailable, match="GetTemplate"):
        deploy(session, DEV, NOTHING, {}, notice=told.append, progress=seen.append)

    assert told == ["faultline-dev is UPDATE_ROLLBACK_FAILED: continuing the rollback of its last deployment"]
    assert [(each.logical_id, each.status) for each in seen] == [("Role", "UPDATE_COMPLETE")]


def test_rollback_that_fails_again_says_why(
    session: OnlyClients, answers: Stubber, rolling_back: Callable[..., None]
) -> None:
    rolling_back(("Role", "UPDATE_FAILED", "role is gone"), "UPDATE_ROLLBACK_FAILED")

    with pytest.raises(DeploymentFailed) as failed:
        deploy(session, DEV, NOTHING, {})

    assert str(failed.value).splitlines() == [
        "the rollback of faultline-dev failed again; it is UPDATE_ROLLBACK_FAILED. "
        "Fix the cause, then deploy again (see docs/operations.md)",
        "  Role (AWS::IAM::Role): role is gone",
    ]


def test_stack_that_has_worked_is_never_deleted(session: OnlyClients, answers: Stubber) -> None:
    event = ("faultline-dev", "CREATE_COMPLETE", "")
    answers.add_response("describe_stacks", stack("ROLLBACK_COMPLETE"))
    answers.add_response("describe_stack_events", events(event))

    with pytest.raises(DeploymentFailed, match="restart the emulator"):
        deploy(session, DEV, NOTHING, {})


def test_what_a_failed_rollback_leaves_is_told(session: OnlyClients, answers: Stubber) -> None:
    """The deletion of a stack keeps what its failed rollback has left, under names that a new stack needs."""
    begun = events(("faultline-dev", "CREATE_IN_PROGRESS", ""))
    answers.add_response("describe_stacks", stack("ROLLBACK_FAILED"))
    for _ in range(2):  # to see whether it was ever complete, and before its deletion
        answers.add_response("describe_stack_events", begun)
    answers.add_response("delete_stack", {}, {"StackName": ARN})
    answers.add_response("describe_stacks", stack("DELETE_COMPLETE"))
    answers.add_response("describe_stack_events", begun)
    left = (
        ("TaskTable", "AWS::DynamoDB::Table", "faultline-dev-tasks", "DELETE_SKIPPED"),
        ("TaskBucket", "AWS::S3::Bucket", "faultline-dev-tasks-1", "DELETE_SKIPPED"),
        ("TaskQueue", "AWS::SQS::Queue", "https://sqs.example/1/tasks.fifo", "DELETE_COMPLETE"),
    )
    keys = ("LogicalResourceId", "ResourceType", "PhysicalResourceId", "ResourceStatus")
    now = {"LastUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC)}
    summaries = [dict(zip(keys, each, strict=True)) | now for each in left]
    answers.add_response("list_stack_resources", {"StackResourceSummaries": summaries}, {"StackName": ARN})

    with pytest.raises(DeploymentFailed) as failed:
        deploy(session, DEV, NOTHING, {})

    first, *rest = str(failed.value).splitlines()
    assert first.startswith(
        "faultline-dev was ROLLBACK_FAILED and is deleted, except for resources that hold data"
    )
    assert rest == [
        "  TaskTable (AWS::DynamoDB::Table): "
        "aws dynamodb delete-table --region us-east-1 --table-name faultline-dev-tasks",
        "  TaskBucket (AWS::S3::Bucket): aws s3 rb --region us-east-1 --force s3://faultline-dev-tasks-1",
    ]


def test_a_deployed_kind_is_not_lost_by_accident(session: OnlyClients, answers: Stubber) -> None:
    """A deployment without a deployed kind is refused before it changes anything."""
    record = {"Faultline": {"Kinds": ["echo", "greet"], "Project": "mine"}}
    answers.add_response("describe_stacks", stack("UPDATE_COMPLETE"))
    answers.add_response("get_template", {"TemplateBody": json.dumps({"Metadata": record, "Resources": {}})})

    lost = (
        r"would lose the kinds of work greet \(deployed by the project mine\): there is no faultline\.toml "
    )
    with pytest.raises(KindsMissing, match=lost):
        deploy(session, DEV, NOTHING, {})


@pytest.mark.parametrize(("deployed", "refused"), [(40, True), (8, False), (None, False)])
def test_index_shards_are_never_lowered(
    session: OnlyClients, answers: Stubber, deployed: int | None, refused: bool
) -> None:
    """A deployment with fewer partitions than are deployed is refused before it changes anything."""
    variables = {} if deployed is None else {"INDEX_SHARDS": str(deployed)}
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": variables}}}
    body = json.dumps({"Resources": {"Function": function, "Table": {"Type": "AWS::DynamoDB::Table"}}})
    answers.add_response("describe_stacks", stack("UPDATE_COMPLETE"))
    answers.add_response("get_template", {"TemplateBody": body})

    # The next step of a deployment that is not refused asks Lambda, for which this session has no client.
    error = InvalidStage if refused else AssertionError
    told = (
        "index_shards=40, which cannot be lowered to 8: .* at least 40" if refused else "lambda is not to be"
    )
    with pytest.raises(error, match=told):
        deploy(session, DEV, NOTHING, {})


def test_artifact_is_built_for_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("id", "secret", region_name="us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert platform(session, stage("prod")) == lambda_platform("arm64")

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert platform(session, stage("prod")) == local_platform()


def test_outputs_of_a_stage_that_is_not_there(session: OnlyClients, answers: Stubber) -> None:
    answers.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")

    with pytest.raises(StackMissing, match=r"^faultline-dev is not deployed at https://"):
        outputs(session, stage("dev"))


def test_outputs_of_a_stack_that_has_none_yet(session: OnlyClients, answers: Stubber) -> None:
    answers.add_response("describe_stacks", stack("CREATE_IN_PROGRESS"))

    with pytest.raises(StackMissing, match=r"has no ApiUrl, TaskQueueUrl, .*; it is CREATE_IN_PROGRESS"):
        outputs(session, stage("dev"))


def test_outputs_by_field_and_by_name(session: OnlyClients, answers: Stubber) -> None:
    values = {
        "ApiUrl": "https://abc.execute-api.us-east-1.amazonaws.com/dev",
        "TaskQueueUrl": "queue",
        "TaskDlqUrl": "dlq",
        "TaskTableName": "table",
        "AlertTopicArn": "topic",
        "DashboardNames": "one,two",
    }
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in values.items()]
    answers.add_response("describe_stacks", stack("CREATE_COMPLETE", Outputs=listed))

    found = outputs(session, stage("dev"))

    assert found.task_queue_url == "queue"
    assert found.by_name() == values


def test_an_open_api_is_not_deployed_to_aws() -> None:
    """Deploying a stage without authentication to AWS is refused before any call."""
    session = boto3.Session("id", "secret", region_name="eu-west-1")
    with pytest.raises(InvalidStage, match=r"anybody could call its API; .* in infra/stages\.py, or"):
        deploy(session, stage("dev"), NOTHING, {})
    of_project = replace(stage("dev"), project=Project(folder=Path(), kinds="tasks"))
    with pytest.raises(InvalidStage, match=r"in faultline\.toml, under \[stages\.dev\], or"):
        deploy(session, of_project, NOTHING, {})
