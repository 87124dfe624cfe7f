"""A stack that tests deploy repeatedly, and resources for it."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.eventually import eventually
from tests.sandbox.waiting import wait_for_stack

Resources = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that tests deploy repeatedly."""

    client: Any
    name: str

    def deploy(self, resources: Resources) -> str:
        """Create or update the stack with a change set, and return its status."""
        created = bool(self._described())
        change_set = self.client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"c{uuid4().hex}",
            ChangeSetType="UPDATE" if created else "CREATE",
            TemplateBody=json.dumps({"Resources": resources}),
            Capabilities=["CAPABILITY_IAM"],
        )["Id"]
        eventually(lambda: self._change_set(change_set)["Status"].endswith(("COMPLETE", "FAILED")))
        assert self._change_set(change_set)["Status"] == "CREATE_COMPLETE"
        self.client.execute_change_set(ChangeSetName=change_set)
        eventually(lambda: not self._status().endswith(("IN_PROGRESS", "CLEANUP_IN_PROGRESS")))
        return self._status()

    def ids(self) -> dict[str, str]:
        """Return physical ids by logical ids."""
        described = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}

    def reasons(self) -> list[str]:
        """Return the reasons why resources failed."""
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            event.get("ResourceStatusReason", "")
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)

    def delete_and_wait(self) -> None:
        """Delete the stack, and wait until it is gone."""
        # A deleted stack is found only by its id.
        stack_id = self._described()[0]["StackId"]
        self.delete()
        wait_for_stack(self.client, stack_id, "delete")

    def _change_set(self, name: str) -> Any:
        return self.client.describe_change_set(ChangeSetName=name)

    def _described(self) -> list[Any]:
        described = self.client.describe_stacks()["Stacks"]
        return [stack for stack in described if stack["StackName"] == self.name]

    def _status(self) -> str:
        status: str = self._described()[0]["StackStatus"]
        return status


@pytest.fixture
def stack(client: Callable[[str], Any]) -> Iterator[Stack]:
    """Provide a stack that does not exist yet, and delete it after the test."""
    made = Stack(client=client("cloudformation"), name=f"s{uuid4().hex}")
    yield made
    made.delete()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def api(paths: list[str], deployment: str, **stage_properties: Any) -> Resources:
    """Return an API whose paths answer 200, with a deployment of the given name and a stage `live`."""
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    get = {"responses": {"200": {"description": "done"}}, "x-amazon-apigateway-integration": integration}
    body = {
        "openapi": "3.0.1",
        "info": {"title": "api", "version": "1"},
        "paths": {path: {"get": get} for path in paths},
    }
    return {
        "Api": resource(
            "AWS::ApiGateway::RestApi",
            Name=f"with-{len(paths)}",
            Body=body,
            EndpointConfiguration={"Types": ["REGIONAL"]},
            Tags=[{"Key": "paths", "Value": str(len(paths))}],
        ),
        deployment: resource("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}),
        "Stage": resource(
            "AWS::ApiGateway::Stage",
            RestApiId={"Ref": "Api"},
            StageName="live",
            DeploymentId={"Ref": deployment},
            **stage_properties,
        ),
    }


def table(name: str, **properties: Any) -> Resources:
    return {
        "Table": resource(
            "AWS::DynamoDB::Table",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            SSESpecification={"SSEEnabled": True},
            **properties,
        )
    }


@pytest.fixture
def code(client: Callable[[str], Any], stack: Stack) -> dict[str, str]:
    """Put a function's code into a bucket, and return its location."""
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("function.py", "def handle(event, context): return {}")
    client("s3").create_bucket(Bucket=stack.name)
    client("s3").put_object(Bucket=stack.name, Key="code", Body=artifact.getvalue())
    return {"S3Bucket": stack.name, "S3Key": "code"}


def function(code: dict[str, str], **properties: Any) -> Resources:
    return {
        "Function": resource(
            "AWS::Lambda::Function",
            Runtime="python3.13",
            Handler="function.handle",
            Role="arn:aws:iam::000000000000:role/any",
            Code=code,
            **properties,
        )
    }
