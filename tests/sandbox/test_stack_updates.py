"""An update of a stack changes what its change set says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.process.state_file import Sandbox
from tests.eventually import eventually

Resources = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that tests deploy again and again."""

    client: Any
    name: str

    def deploy(self, resources: Resources) -> str:
        """Create or update it by a change set; returns its status."""
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
        eventually(lambda: not self._status().endswith(("IN_PROGRESS", "CLEANUP_IN_PROGRESS")), within=30)
        return self._status()

    def ids(self) -> dict[str, str]:
        """Physical ids by logical ids."""
        described = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}

    def reasons(self) -> list[str]:
        """Why resources failed."""
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            event.get("ResourceStatusReason", "")
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)

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
    """A stack of the test's own."""
    made = Stack(client=client("cloudformation"), name=f"s{uuid4().hex}")
    yield made
    made.delete()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def api(paths: list[str], deployment: str, **stage_properties: Any) -> Resources:
    """An API whose paths answer 200, deployed by a resource of that name to a stage `live`."""
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


def test_changed_routes_are_served(client: Callable[[str], Any], sandbox: Sandbox, stack: Stack) -> None:
    """A document's new path is served after the update, one that is gone is not; the API is the same."""
    assert stack.deploy(api(["/old", "/both"], "First")) == "CREATE_COMPLETE"
    before = stack.ids()
    assert stack.deploy(api(["/both", "/new", "/newer"], "Second")) == "UPDATE_COMPLETE"
    after = stack.ids()
    assert after["Api"] == before["Api"]
    url = f"{sandbox.endpoint_url}/_aws/execute-api/{after['Api']}/live"
    status = {path: requests.get(url + path, timeout=10).status_code for path in ("/old", "/both", "/new")}
    assert status == {"/old": 403, "/both": 200, "/new": 200}
    gateway = client("apigateway")
    assert gateway.get_rest_api(restApiId=after["Api"])["name"] == "with-3"
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{after['Api']}"
    assert gateway.get_tags(resourceArn=arn)["tags"]["paths"] == "3"
    deployments = gateway.get_deployments(restApiId=after["Api"])["items"]
    assert [each["id"] for each in deployments] == [after["Second"]]


def test_settings_of_a_stage(client: Callable[[str], Any], stack: Stack) -> None:
    """A stage's log, throttling and variables are those of the template, and go with it."""

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


def test_retention_of_a_log_group(client: Callable[[str], Any], stack: Stack) -> None:
    """Events are kept as long as the template says, and for ever when it says nothing."""
    name = f"/tests/{stack.name}"

    def retention(**properties: Any) -> int | None:
        stack.deploy({"Logs": resource("AWS::Logs::LogGroup", LogGroupName=name, **properties)})
        [group] = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        days: int | None = group.get("retentionInDays")
        return days

    assert [retention(RetentionInDays=days) for days in (7, 14)] == [7, 14]
    assert retention() is None


def table(name: str, indexes: list[str], **properties: Any) -> Resources:
    attributes = [{"AttributeName": each, "AttributeType": "S"} for each in ["id", *indexes]]
    definitions = [
        {
            "IndexName": index,
            "KeySchema": [{"AttributeName": index, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index in indexes
    ]
    return {
        "Table": resource(
            "AWS::DynamoDB::Table",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=attributes,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            SSESpecification={"SSEEnabled": True},
            **({"GlobalSecondaryIndexes": definitions} if indexes else {}),
            **properties,
        )
    }


def test_indexes_of_a_table(client: Callable[[str], Any], stack: Stack) -> None:
    """An index that is added finds the items of before; one that is deleted is gone."""
    dynamodb, name = client("dynamodb"), stack.name
    stack.deploy(table(name, ["one"]))
    dynamodb.put_item(TableName=name, Item={name: {"S": name} for name in ("id", "one", "two")})

    def indexes() -> list[str]:
        described = dynamodb.describe_table(TableName=name)["Table"]
        return sorted(index["IndexName"] for index in described.get("GlobalSecondaryIndexes", []))

    assert stack.deploy(table(name, ["one", "two"])) == "UPDATE_COMPLETE"
    assert indexes() == ["one", "two"]
    found = dynamodb.query(
        TableName=name,
        IndexName="two",
        KeyConditionExpression="two = :two",
        ExpressionAttributeValues={":two": {"S": "two"}},
    )
    assert [item["id"]["S"] for item in found["Items"]] == ["id"]
    assert stack.deploy(table(name, ["two"])) == "UPDATE_COMPLETE"
    assert stack.deploy(table(name, [])) == "UPDATE_COMPLETE"
    assert indexes() == []


def test_two_indexes_at_once_are_refused(client: Callable[[str], Any], stack: Stack) -> None:
    """As on AWS, an update adds or deletes one index."""
    stack.deploy(table(stack.name, []))
    assert stack.deploy(table(stack.name, ["one", "two"])) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Cannot perform more than one GSI creation or deletion" in each for each in stack.reasons())


def test_settings_of_a_table(client: Callable[[str], Any], stack: Stack) -> None:
    """Expiry, recovery, protection and tags are those of the template."""
    dynamodb, name = client("dynamodb"), stack.name

    def settings() -> tuple[Any, ...]:
        described = dynamodb.describe_table(TableName=name)["Table"]
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        tags = dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
        return (
            described["DeletionProtectionEnabled"],
            expiry["TimeToLiveStatus"],
            backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
            {tag["Key"]: tag["Value"] for tag in tags},
        )

    on = {
        "DeletionProtectionEnabled": True,
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "Tags": [{"Key": "a", "Value": "2"}],
    }
    stack.deploy(table(name, [], DeletionProtectionEnabled=True, Tags=[{"Key": "b", "Value": "1"}]))
    assert settings() == (True, "DISABLED", "DISABLED", {"b": "1"})
    assert stack.deploy(table(name, [], **on)) == "UPDATE_COMPLETE"
    assert settings() == (True, "ENABLED", "ENABLED", {"a": "2"})
    assert stack.deploy(table(name, [])) == "UPDATE_COMPLETE"
    assert settings() == (False, "DISABLED", "DISABLED", {})


def test_impossible_update_fails(stack: Stack) -> None:
    """What the sandbox cannot change is not said to be changed, and the reason names it."""
    stack.deploy(table(stack.name, []))
    streamed = table(stack.name, [], StreamSpecification={"StreamViewType": "NEW_IMAGE"})
    assert stack.deploy(streamed) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("StreamSpecification" in reason for reason in stack.reasons())


def test_update_of_a_type_without_updates_fails(stack: Stack) -> None:
    """Neither is an update whose type LocalStack has none for."""
    stack.deploy({"Group": resource("AWS::Scheduler::ScheduleGroup", Name=stack.name)})
    tagged = resource("AWS::Scheduler::ScheduleGroup", Name=stack.name, Tags=[{"Key": "a", "Value": "b"}])
    assert stack.deploy({"Group": tagged}) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("AWS::Scheduler::ScheduleGroup" in reason for reason in stack.reasons())


def test_failed_update_is_undone(client: Callable[[str], Any], stack: Stack) -> None:
    """What a failed update has made is deleted, what it has changed is changed back, and nothing is lost."""

    def queue(timeout: int) -> dict[str, Any]:
        return resource("AWS::SQS::Queue", QueueName=f"{stack.name}-q", VisibilityTimeout=timeout)

    old = table(stack.name, []) | {
        "Queue": queue(10),
        "Old": resource("AWS::SQS::Queue", QueueName=f"{stack.name}-old"),
    }
    impossible = table(stack.name, [], StreamSpecification={"StreamViewType": "NEW_IMAGE"})
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
    assert stack.deploy(table(stack.name, []) | new) == "UPDATE_COMPLETE"
    assert sorted(stack.ids()) == ["New", "Queue", "Table"]
    assert len(sqs.list_queues(QueueNamePrefix=stack.name)["QueueUrls"]) == 2


def test_key_and_topic(client: Callable[[str], Any], stack: Stack) -> None:
    """A key's policy, description and rotation change in place, and a topic's key and display name."""

    def resources(description: str, sid: str, rotates: bool, **topic: Any) -> Resources:
        statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
        return {
            "Key": resource(
                "AWS::KMS::Key",
                Description=description,
                EnableKeyRotation=rotates,
                KeyPolicy={"Version": "2012-10-17", "Statement": [statement]},
            ),
            "Topic": resource("AWS::SNS::Topic", **topic),
        }

    stack.deploy(resources("one", "first", False))
    before = stack.ids()
    encrypted = {"KmsMasterKeyId": {"Ref": "Key"}, "DisplayName": "alerts"}
    assert stack.deploy(resources("two", "second", True, **encrypted)) == "UPDATE_COMPLETE"
    after = stack.ids()
    assert after == before
    kms = client("kms")
    assert kms.describe_key(KeyId=after["Key"])["KeyMetadata"]["Description"] == "two"
    assert kms.get_key_rotation_status(KeyId=after["Key"])["KeyRotationEnabled"]
    assert '"second"' in kms.get_key_policy(KeyId=after["Key"], PolicyName="default")["Policy"]
    attributes = client("sns").get_topic_attributes(TopicArn=after["Topic"])["Attributes"]
    assert (attributes["KmsMasterKeyId"], attributes["DisplayName"]) == (after["Key"], "alerts")
    assert stack.deploy(resources("two", "second", False)) == "UPDATE_COMPLETE"
    assert not kms.get_key_rotation_status(KeyId=after["Key"])["KeyRotationEnabled"]


def test_policies_of_a_role(client: Callable[[str], Any], stack: Stack) -> None:
    """Inline policies, and who may assume it, change in place; the role keeps its name."""

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
    """A queue's attributes change, and are the defaults again when the template leaves them out."""

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


@pytest.fixture
def code(client: Callable[[str], Any], stack: Stack) -> dict[str, str]:
    """A function's code in a bucket."""
    artifact = io.BytesIO()
    with zipfile.ZipFile(artifact, "w") as archive:
        archive.writestr("function.py", "def handle(event, context): return {}")
    client("s3").create_bucket(Bucket=stack.name)
    client("s3").put_object(Bucket=stack.name, Key="code", Body=artifact.getvalue())
    return {"S3Bucket": stack.name, "S3Key": "code"}


def test_schedule_of_a_rule(client: Callable[[str], Any], stack: Stack) -> None:
    """A rule's schedule, state, description and targets are those of the template; the rule stays."""
    events = client("events")

    def resources(*targets: tuple[str, str], **properties: Any) -> Resources:
        arn = {"Fn::GetAtt": ["Queue", "Arn"]}
        return {
            "Queue": resource("AWS::SQS::Queue"),
            "Rule": resource(
                "AWS::Events::Rule",
                Targets=[{"Id": target, "Arn": arn, "Input": text} for target, text in targets],
                **properties,
            ),
        }

    def inputs() -> dict[str, str]:
        targets = events.list_targets_by_rule(Rule=stack.ids()["Rule"])["Targets"]
        return {target["Id"]: target["Input"] for target in targets}

    stack.deploy(resources(("a", "1"), ("b", "1"), ScheduleExpression="rate(1 day)", Description="daily"))
    before = stack.ids()
    changed = resources(("a", "2"), ("c", "2"), ScheduleExpression="rate(2 days)", State="DISABLED")
    assert stack.deploy(changed) == "UPDATE_COMPLETE"
    assert stack.ids() == before
    assert inputs() == {"a": "2", "c": "2"}
    rule = events.describe_rule(Name=before["Rule"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(2 days)", "DISABLED")
    assert "Description" not in rule
    assert stack.deploy(resources(("a", "3"), ScheduleExpression="rate(2 days)")) == "UPDATE_COMPLETE"
    assert inputs() == {"a": "3"}
    assert events.describe_rule(Name=before["Rule"])["State"] == "ENABLED"
    assert stack.deploy({"Queue": resource("AWS::SQS::Queue")}) == "UPDATE_COMPLETE"
    assert not events.list_rules(NamePrefix=before["Rule"])["Rules"]


def test_retries_of_asynchronous_invocations(
    client: Callable[[str], Any], stack: Stack, code: dict[str, str]
) -> None:
    """How often and how long Lambda tries are as the template says, and Lambda's defaults without it."""

    def resources(**properties: Any) -> Resources:
        retries = resource(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName={"Ref": "Function"},
            Qualifier="$LATEST",
            **properties,
        )
        return function(code) | ({"Retries": retries} if properties else {})

    def settings() -> tuple[Any, ...]:
        configured = client("lambda").get_function_event_invoke_config(FunctionName=stack.ids()["Function"])
        return configured.get("MaximumRetryAttempts"), configured.get("MaximumEventAgeInSeconds")

    stack.deploy(resources(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60))
    assert settings() == (0, 60)
    assert stack.deploy(resources(MaximumRetryAttempts=1, MaximumEventAgeInSeconds=90)) == "UPDATE_COMPLETE"
    assert settings() == (1, 90)
    assert stack.deploy(resources(MaximumRetryAttempts=2)) == "UPDATE_COMPLETE"
    assert settings() == (2, None)
    assert stack.deploy(resources()) == "UPDATE_COMPLETE"
    with pytest.raises(client("lambda").exceptions.ResourceNotFoundException):
        settings()


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


def test_function_and_its_source(client: Callable[[str], Any], stack: Stack, code: dict[str, str]) -> None:
    """A function's environment, memory and timeout change, and its mapping; nothing is replaced."""

    def resources(memory: int, timeout: int, batch: int, concurrency: int, **variables: str) -> Resources:
        queue = {"Fn::GetAtt": ["Queue", "Arn"]}
        return {
            "Queue": resource("AWS::SQS::Queue", VisibilityTimeout=6 * timeout),
            **function(code, MemorySize=memory, Timeout=timeout, Environment={"Variables": variables}),
            "Source": resource(
                "AWS::Lambda::EventSourceMapping",
                EventSourceArn=queue,
                FunctionName={"Ref": "Function"},
                BatchSize=batch,
                ScalingConfig={"MaximumConcurrency": concurrency},
            ),
            "Permission": resource(
                "AWS::Lambda::Permission",
                Action="lambda:InvokeFunction",
                FunctionName={"Ref": "Function"},
                Principal="apigateway.amazonaws.com",
            ),
        }

    functions = client("lambda")
    stack.deploy(resources(128, 3, 5, 2, A="1", B="1"))
    before = stack.ids()
    started = time.monotonic()
    assert stack.deploy(resources(256, 4, 6, 3, A="2")) == "UPDATE_COMPLETE"
    assert time.monotonic() - started < 1
    assert stack.ids() == before
    configuration = functions.get_function_configuration(FunctionName=before["Function"])
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 4)
    assert configuration["Environment"]["Variables"] == {"A": "2"}
    source = functions.get_event_source_mapping(UUID=before["Source"])
    assert (source["BatchSize"], source["ScalingConfig"]) == (6, {"MaximumConcurrency": 3})


def test_alarms_and_dashboards(client: Callable[[str], Any], stack: Stack) -> None:
    """An alarm is changed and keeps its state, a dashboard has another body; both go with the stack."""
    cloudwatch, name = client("cloudwatch"), f"a{uuid4().hex}"

    def resources(threshold: int, markdown: str, **settings: Any) -> Resources:
        widget = {"type": "text", "properties": {"markdown": f"{markdown} of ${{AWS::Region}}"}}
        return {
            "Alarm": resource(
                "AWS::CloudWatch::Alarm",
                AlarmName=name,
                Namespace=name,
                MetricName="Size",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=threshold,
                ComparisonOperator="GreaterThanThreshold",
                **settings,
            ),
            "Dashboard": resource(
                "AWS::CloudWatch::Dashboard",
                DashboardName=name,
                DashboardBody={"Fn::Sub": json.dumps({"widgets": [widget]})},
            ),
        }

    def alarm() -> Any:
        [found] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found

    def markdown() -> str:
        found = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        return str(found["widgets"][0]["properties"]["markdown"])

    assert stack.deploy(resources(1, "First", TreatMissingData="notBreaching")) == "CREATE_COMPLETE"
    assert stack.ids() == {"Alarm": name, "Dashboard": name}
    assert markdown() == "First of us-east-1"
    eventually(lambda: alarm()["StateValue"] == "OK", every=0.2)
    since = alarm()["StateUpdatedTimestamp"]
    assert stack.deploy(resources(2, "Second", TreatMissingData="ignore")) == "UPDATE_COMPLETE"
    found = alarm()
    assert (found["Threshold"], found["TreatMissingData"]) == (2, "ignore")
    assert (found["StateValue"], found["StateUpdatedTimestamp"]) == ("OK", since)
    assert markdown() == "Second of us-east-1"
    stack.delete()
    eventually(lambda: not cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"], every=0.1)
    eventually(
        lambda: not cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"], every=0.1
    )
