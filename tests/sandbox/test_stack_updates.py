"""Updates of a stack, which make exactly the changes of their change set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.eventually import eventually
from tests.sandbox.updated_stack import Resources, Stack, api, resource, stack, table

__all__ = ["stack"]  # fixtures


def test_changed_routes_are_served(client: Callable[[str], Any], sandbox: Sandbox, stack: Stack) -> None:
    """After an update, the same API serves the document's new path, and no longer the removed one."""
    assert stack.deploy(api(["/old", "/both"], "First")) == "CREATE_COMPLETE"
    before = stack.ids()
    assert stack.deploy(api(["/both", "/new", "/newer"], "Second")) == "UPDATE_COMPLETE"
    after = stack.ids()
    assert after["Api"] == before["Api"]
    url = f"{sandbox.endpoint_url}/_aws/execute-api/{after['Api']}/live"
    status = {path: requests.get(url + path, timeout=60).status_code for path in ("/old", "/both", "/new")}
    assert status == {"/old": 403, "/both": 200, "/new": 200}
    gateway = client("apigateway")
    assert gateway.get_rest_api(restApiId=after["Api"])["name"] == "with-3"
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{after['Api']}"
    assert gateway.get_tags(resourceArn=arn)["tags"]["paths"] == "3"
    deployments = gateway.get_deployments(restApiId=after["Api"])["items"]
    assert [each["id"] for each in deployments] == [after["Second"]]


def test_settings_of_a_stage(client: Callable[[str], Any], stack: Stack) -> None:
    """A stage's log, throttling and variables follow the template, and are removed if it drops them."""

    def settings() -> dict[str, Any]:
        live: dict[str, Any] = client("apigateway").get_stage(restApiId=stack.ids()["Api"], stageName="live")
        return live

    log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a", "Format": '{"id":"x"}'}
    throttle = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5, "MetricsEnabled": True}
    stack.deploy(api(["/a"], "First", AccessLogSetting=log, MethodSettings=[throttle]))
    assert settings()["accessLogSettings"]["format"] == log["Format"]
    assert settings()["methodSettings"]["*/*"]["throttlingRateLimit"] == 5

    throttle = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 7}
    changed = {"Variables": {"a": "1"}, "MethodSettings": [throttle], "Description": "live it is"}
    assert stack.deploy(api(["/a"], "First", AccessLogSetting=log, **changed)) == "UPDATE_COMPLETE"
    method = settings()["methodSettings"]["*/*"]
    assert (method["throttlingRateLimit"], method["metricsEnabled"]) == (7, False)
    assert settings()["variables"] == {"a": "1"}
    assert settings()["description"] == "live it is"

    assert stack.deploy(api(["/a"], "First", Variables={"b": "2"})) == "UPDATE_COMPLETE"
    assert settings()["variables"] == {"b": "2"}
    assert not settings().get("accessLogSettings")
    assert not settings()["methodSettings"]


def test_settings_that_localstack_leaves_out(client: Callable[[str], Any], stack: Stack) -> None:
    """A table's protection and a log group's retention are set, although LocalStack alone ignores them."""
    name = f"/tests/{stack.name}"
    logs = resource("AWS::Logs::LogGroup", LogGroupName=name, RetentionInDays=7)
    stack.deploy(table(stack.name, DeletionProtectionEnabled=True) | {"Logs": logs})
    [group] = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7
    dynamodb = client("dynamodb")
    assert dynamodb.describe_table(TableName=stack.name)["Table"]["DeletionProtectionEnabled"]
    dynamodb.update_table(TableName=stack.name, DeletionProtectionEnabled=False)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("AWS::SNS::Topic", {}, {"KmsMasterKeyId": "alias/aws/sns"}),
        ("AWS::KMS::Key", {"Description": "one"}, {"Description": "two"}),
        ("AWS::Scheduler::ScheduleGroup", {}, {"Tags": [{"Key": "a", "Value": "b"}]}),
    ],
)
def test_impossible_update_fails(
    stack: Stack, kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """An impossible update fails with a reason that names the property and the alternative."""
    more = {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}} if "KMS" in kind else {}
    stack.deploy({"Resource": resource(kind, **more, **before)})
    assert stack.deploy({"Resource": resource(kind, **more, **after)}) == "UPDATE_ROLLBACK_COMPLETE"
    [changed] = after
    said = f"cannot change {changed} in place; recreate it: faultline down && faultline up"
    assert any(said in reason for reason in stack.reasons())


def test_failed_update_is_undone(client: Callable[[str], Any], stack: Stack) -> None:
    """A failed update deletes new resources, reverts changes, and loses nothing."""

    def queue(timeout: int) -> dict[str, Any]:
        return resource("AWS::SQS::Queue", QueueName=f"{stack.name}-q", VisibilityTimeout=timeout)

    old = table(stack.name) | {
        "Queue": queue(10),
        "Old": resource("AWS::SQS::Queue", QueueName=f"{stack.name}-old"),
    }
    impossible = table(stack.name, StreamSpecification={"StreamViewType": "NEW_IMAGE"})
    impossible["Table"]["DependsOn"] = ["Queue", "New"]
    new = {"Queue": queue(20), "New": resource("AWS::SQS::Queue", QueueName=f"{stack.name}-new")}
    stack.deploy(old)
    before = stack.ids()
    assert stack.deploy(impossible | new) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.ids() == before
    sqs = client("sqs")
    assert len(sqs.list_queues(QueueNamePrefix=stack.name)["QueueUrls"]) == 2
    attributes = sqs.get_queue_attributes(QueueUrl=before["Queue"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "10"
    assert stack.deploy(table(stack.name) | new) == "UPDATE_COMPLETE"
    assert sorted(stack.ids()) == ["New", "Queue", "Table"]
    assert len(sqs.list_queues(QueueNamePrefix=stack.name)["QueueUrls"]) == 2


def test_failed_creation_is_undone(client: Callable[[str], Any], stack: Stack) -> None:
    """A failed creation deletes its resources, even with RetainExceptOnCreate, except a protected table."""
    policy = {"DeletionPolicy": "RetainExceptOnCreate"}
    name = f"{stack.name}-404"  # LocalStack took the digits for the status of a missing resource
    resources = table(name, DeletionProtectionEnabled=True)
    resources["Queue"] = resource("AWS::SQS::Queue", QueueName=f"{stack.name}-q")
    resources["Impossible"] = resource("AWS::SQS::Queue", QueueName="?") | {"DependsOn": ["Table", "Queue"]}
    status = stack.deploy({name: each | policy for name, each in resources.items()})
    assert status == "ROLLBACK_FAILED", stack.reasons()
    assert "Failed to delete resource with id Table of type AWS::DynamoDB::Table" in stack.reasons()
    assert not client("sqs").list_queues(QueueNamePrefix=stack.name).get("QueueUrls")

    client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)
    stack.delete_and_wait()
    # This deletion is not the rollback of the creation, so it retains the resource.
    assert client("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"


def test_what_is_retained_outlives_the_stack(client: Callable[[str], Any], stack: Stack) -> None:
    """A retained resource is kept if the template drops it, and if the stack is deleted."""
    queues = {
        name: resource("AWS::SQS::Queue", QueueName=f"{stack.name}-{name}")
        | {"DeletionPolicy": "RetainExceptOnCreate"}
        for name in ("First", "Second")
    }
    stack.deploy(queues)
    assert stack.deploy({"Second": queues["Second"]}) == "UPDATE_COMPLETE"
    stack.delete_and_wait()
    assert len(client("sqs").list_queues(QueueNamePrefix=stack.name)["QueueUrls"]) == 2


def test_protection_of_a_table(client: Callable[[str], Any], stack: Stack) -> None:
    """A table's deletion protection can be enabled and disabled in place."""

    def protected() -> bool:
        described = client("dynamodb").describe_table(TableName=stack.name)["Table"]
        return bool(described["DeletionProtectionEnabled"])

    stack.deploy(table(stack.name))
    assert stack.deploy(table(stack.name, DeletionProtectionEnabled=True)) == "UPDATE_COMPLETE"
    assert protected()
    assert stack.deploy(table(stack.name)) == "UPDATE_COMPLETE"
    assert not protected()


def test_policies_of_a_role(client: Callable[[str], Any], stack: Stack) -> None:
    """Inline policies and the trust policy change in place; the role keeps its name."""

    def role(service: str, **actions: str) -> Resources:
        def document(**statement: Any) -> dict[str, Any]:
            return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}

        trust = document(Principal={"Service": f"{service}.amazonaws.com"}, Action="sts:AssumeRole")
        policies = [
            {"PolicyName": name, "PolicyDocument": document(Action=action, Resource="*")}
            for name, action in actions.items()
        ]
        return {"Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust, Policies=policies)}

    iam = client("iam")
    stack.deploy(role("lambda", one="sqs:SendMessage", two="sns:Publish"))
    name = stack.ids()["Role"]
    assert stack.deploy(role("scheduler", one="sqs:DeleteMessage", three="s3:Get")) == "UPDATE_COMPLETE"
    assert stack.ids()["Role"] == name
    assert sorted(iam.list_role_policies(RoleName=name)["PolicyNames"]) == ["one", "three"]
    changed = iam.get_role_policy(RoleName=name, PolicyName="one")["PolicyDocument"]
    assert changed["Statement"][0]["Action"] == "sqs:DeleteMessage"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"]["Service"] == "scheduler.amazonaws.com"


def test_queue_and_parameter(client: Callable[[str], Any], stack: Stack) -> None:
    """A queue's attributes and a parameter's value follow the template; dropped attributes are reset."""

    def resources(value: str, **attributes: Any) -> Resources:
        parameter = {"Name": f"/{stack.name}", "Type": "String", "AllowedPattern": r"^\d$", "Value": value}
        return {
            "Dead": resource("AWS::SQS::Queue", FifoQueue=True, QueueName=f"{stack.name}-d.fifo"),
            "Queue": resource(
                "AWS::SQS::Queue", FifoQueue=True, QueueName=f"{stack.name}.fifo", **attributes
            ),
            "Parameter": resource("AWS::SSM::Parameter", **parameter),
        }

    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
    stack.deploy(resources("1", VisibilityTimeout=10))
    url = stack.ids()["Queue"]

    def attributes() -> dict[str, str]:
        answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        found: dict[str, str] = answer["Attributes"]
        return found

    changed = resources("2", VisibilityTimeout=20, RedrivePolicy=redrive, MessageRetentionPeriod=120)
    assert stack.deploy(changed) == "UPDATE_COMPLETE"
    assert attributes()["VisibilityTimeout"] == "20"
    assert attributes()["MessageRetentionPeriod"] == "120"
    assert json.loads(attributes()["RedrivePolicy"])["maxReceiveCount"] == 3
    assert client("ssm").get_parameter(Name=f"/{stack.name}")["Parameter"]["Value"] == "2"
    assert stack.deploy(resources("2")) == "UPDATE_COMPLETE"
    assert (attributes()["VisibilityTimeout"], "RedrivePolicy" in attributes()) == ("30", False)


def test_dashboards(client: Callable[[str], Any], stack: Stack) -> None:
    """A dashboard's body follows the template, and the dashboard is deleted with the stack."""
    cloudwatch, name = client("cloudwatch"), f"d{uuid4().hex}"

    def resources(markdown: str) -> Resources:
        widget = {"type": "text", "properties": {"markdown": f"{markdown} of ${{AWS::Region}}"}}
        body = {"Fn::Sub": json.dumps({"widgets": [widget]})}
        dashboard = resource("AWS::CloudWatch::Dashboard", DashboardName=name, DashboardBody=body)
        return {"Dashboard": dashboard}

    def markdown() -> str:
        found = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        return str(found["widgets"][0]["properties"]["markdown"])

    assert stack.deploy(resources("First")) == "CREATE_COMPLETE"
    assert stack.ids() == {"Dashboard": name}
    assert markdown() == "First of us-east-1"
    assert stack.deploy(resources("Second")) == "UPDATE_COMPLETE"
    assert markdown() == "Second of us-east-1"
    stack.delete()
    eventually(
        lambda: not cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"], every=0.1
    )
