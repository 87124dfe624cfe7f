"""An update waits for indexes that DynamoDB is filling, before it begins and before it ends."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.deploy import deployment, index_steps
from infra.deploy.packaging import Artifact
from infra.stages import stage
from tests.unit.only_clients import OnlyClients

ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/faultline-dev/1"


class Recording(OnlyClients):
    """A session with clients for CloudFormation and DynamoDB, whose calls are listed in order."""

    def __init__(self) -> None:
        super().__init__("cloudformation", "dynamodb")
        self.calls: list[str] = []
        for client in self.clients.values():
            client.meta.events.register_first("before-parameter-build", self._record)

    def _record(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Return a session for a deployment that only waits for indexes and executes change sets."""
    bucket = SimpleNamespace(name="bucket", put_file=lambda *_: None)
    monkeypatch.setattr(deployment, "lacks", lambda *_: ())
    monkeypatch.setattr(deployment, "artifact_bucket", lambda *_: bucket)
    monkeypatch.setattr(deployment, "ensure_gateway_logging", lambda _: None)
    monkeypatch.setattr(deployment, "CallbackSecret", lambda *_: SimpleNamespace(ensure=lambda _: None))
    monkeypatch.setattr(deployment, "outputs", lambda *_: None)
    monkeypatch.setattr(index_steps, "POLL_SECONDS", 0)
    return Recording()


@pytest.fixture
def answers(session: Recording) -> Iterator[SimpleNamespace]:
    """Stub both services, and require that all predefined answers were used."""
    with ExitStack() as stubs:
        found = {name: stubs.enter_context(Stubber(client)) for name, client in session.clients.items()}
        yield SimpleNamespace(**found)
        for stubber in found.values():
            stubber.assert_no_pending_responses()


def template(*indexes: str, functions: str) -> dict[str, Any]:
    table = {
        "TableName": "faultline-dev-tasks",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", *indexes)],
        "GlobalSecondaryIndexes": [
            {"IndexName": name, "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}]} for name in indexes
        ],
    }
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Code": functions}},
        }
    }


def test_nothing_changes_while_an_index_is_filled(
    session: Recording, answers: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No change set is made before the indexes are filled: those of an interrupted update, and its own."""
    deployed, whole = template("one", functions="old"), template("one", "two", functions="new")
    wanted = SimpleNamespace(to_json=lambda **_: json.dumps(whole))
    monkeypatch.setattr(deployment, "template", lambda *_: wanted)
    of_stack = {"StackName": "faultline-dev", "StackId": ARN, "StackStatus": "UPDATE_COMPLETE"}
    stacks = answers.cloudformation
    stacks.add_response("describe_stacks", {"Stacks": [of_stack | {"CreationTime": "2026-01-01T00:00:00Z"}]})
    stacks.add_response("get_template", {"TemplateBody": json.dumps(deployed)})
    for _ in ("the index", "the functions"):
        stacks.add_response("create_change_set", {"Id": ARN, "StackId": ARN})
        unchanged = {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
        stacks.add_response("describe_change_set", unchanged)
        stacks.add_response("delete_change_set", {})
    stacks.add_response("update_termination_protection", {})
    for status in ("CREATING", "CREATING", "ACTIVE", "CREATING", "ACTIVE", "ACTIVE"):
        index = {"IndexName": "one", "IndexStatus": status}
        answers.dynamodb.add_response(
            "describe_table",
            {"Table": {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": [index]}},
            {"TableName": "faultline-dev-tasks"},
        )
    told: list[str] = []

    deployment.deploy(
        session,
        replace(stage("dev"), authentication="api-key"),
        Artifact(path=Path("/nonexistent"), sha256="0"),
        {},
        notice=told.append,
    )

    assert [call for call in session.calls if call in {"DescribeTable", "CreateChangeSet"}] == [
        *["DescribeTable"] * 3,
        "CreateChangeSet",
        *["DescribeTable"] * 2,
        "CreateChangeSet",
        "DescribeTable",
    ]
    assert [each.partition(",")[0] for each in told] == [
        "waiting for DynamoDB",
        "faultline-dev is changed in 2 steps; 1 is done",
        "waiting for DynamoDB",
    ]
