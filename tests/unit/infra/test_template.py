"""The whole template of each stage."""

import dataclasses
import json
from typing import Any

from infra.api.openapi import Resolvers
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings, stage
from infra.template import template
from tests.unit.infra.rendered import CODE, Render, of_type, properties


def test_outputs_are_the_contract(rendered: dict[str, Any]) -> None:
    assert set(rendered["Outputs"]) == {
        "ApiUrl",
        "TaskQueueUrl",
        "TaskDlqUrl",
        "TaskTableName",
        "AlertTopicArn",
        "DashboardNames",
    }


def test_every_name_begins_with_the_stack(rendered: dict[str, Any], settings: StageSettings) -> None:
    names = [
        value
        for resource in rendered["Resources"].values()
        for key, value in resource["Properties"].items()
        if key.endswith("Name") and isinstance(value, str) and key not in ("MetricName", "StageName")
        # An alias is named within its function.
        if resource["Type"] != "AWS::Lambda::Alias"
    ]

    extras = bool(settings.failure_rate_parameter) + (settings.authentication == "api-key")
    assert len(names) == 34 + len(settings.dashboards) + extras
    for name in names:
        assert name.startswith(
            (
                settings.stack_name,
                f"/aws/lambda/{settings.stack_name}",
                f"/aws/apigateway/{settings.stack_name}",
                f"/faultline/{settings.name}/",
            )
        )


def test_queues_are_high_throughput_fifo(rendered: dict[str, Any], settings: StageSettings) -> None:
    tasks, dlq = properties(rendered, "TaskQueue"), properties(rendered, "TaskDlq")

    for queue in (tasks, dlq):
        assert queue["FifoQueue"] is True
        assert queue["ContentBasedDeduplication"] is False
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
        assert queue["MaximumMessageSize"] == 64 * 1024
    assert tasks["QueueName"] == f"{settings.stack_name}-tasks.fifo"
    assert dlq["QueueName"] == f"{settings.stack_name}-tasks-dlq.fifo"
    assert tasks["VisibilityTimeout"] == settings.visibility_timeout_seconds
    assert dlq["VisibilityTimeout"] == settings.dlq_visibility_timeout_seconds
    assert tasks["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["TaskDlq", "Arn"]},
        "maxReceiveCount": 3,
    }
    assert "RedrivePolicy" not in dlq
    assert dlq["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"


def test_table_has_its_indexes(rendered: dict[str, Any], settings: StageSettings) -> None:
    table = properties(rendered, "TaskTable")

    assert table["TableName"] == f"{settings.stack_name}-tasks"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": settings.name != "dev"}
    assert table["DeletionProtectionEnabled"] is (settings.name in {"staging", "prod"})
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert table["KeySchema"] == [{"AttributeName": "taskId", "KeyType": "HASH"}]
    assert {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in table["GlobalSecondaryIndexes"]
    } == {
        "by-state": (["statusShard", "position"], "INCLUDE"),
        "by-submission": (["shard", "position"], "INCLUDE"),
        "by-release": (["release", "releaseAt"], "KEYS_ONLY"),
        "by-ordering-key": (["orderingKey", "position"], "KEYS_ONLY"),
        "by-reference": (["reference", "position"], "KEYS_ONLY"),
    }


def test_circuits_are_keyed_as_powertools_is_told(rendered: dict[str, Any], settings: StageSettings) -> None:
    table = properties(rendered, "CircuitTable")

    assert table["TableName"] == settings.circuit_table_name
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert table["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "name", "KeyType": "RANGE"},
    ]
    # A circuit's state is not user data: if kept, it would only block the next creation of the stack.
    assert rendered["Resources"]["CircuitTable"]["DeletionPolicy"] == "Delete"


def test_all_that_is_kept_is_encrypted(rendered: dict[str, Any], settings: StageSettings) -> None:
    """Data is encrypted, outside dev with the stage's key, which rotates and is retained like the data."""
    own = settings.name != "dev"
    key = {"Fn::GetAtt": ["DataKey", "Arn"]}
    for table in ("TaskTable", "CircuitTable"):
        expected = {"SSEType": "KMS", "KMSMasterKeyId": key} if own else {}
        assert properties(rendered, table)["SSESpecification"] == {"SSEEnabled": True, **expected}
    for name in ("TaskQueue", "TaskDlq"):
        queue = properties(rendered, name)
        assert (queue.get("KmsMasterKeyId"), queue.get("SqsManagedSseEnabled")) == (
            (key, None) if own else (None, True)
        )
    # Without a key of their own, CloudWatch Logs encrypts them with AWS's key.
    groups = [each for each in rendered["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == 2
    assert all(group["Properties"].get("KmsKeyId") == (key if own else None) for group in groups)
    keys = [each for each in rendered["Resources"].values() if each["Type"] == "AWS::KMS::Key"]
    assert [each["Properties"]["EnableKeyRotation"] for each in keys] == [True]
    policy = rendered["Resources"]["TaskTable"]["DeletionPolicy"]
    assert rendered["Resources"]["DataKey"]["DeletionPolicy"] == policy


def test_queues_refuse_other_accounts_and_plain_http(rendered: dict[str, Any]) -> None:
    """Each queue's policy denies other accounts and plain HTTP, and allows nothing."""
    for name in ("TaskQueue", "TaskDlq"):
        policy = properties(rendered, f"{name}Policy")
        assert policy["Queues"] == [{"Ref": name}]
        statements = policy["PolicyDocument"]["Statement"]
        assert {(each["Effect"], each["Principal"], each["Action"]) for each in statements} == {
            ("Deny", "*", "sqs:*")
        }
        assert [each["Condition"] for each in statements] == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"StringNotEquals": {"aws:PrincipalAccount": {"Fn::Sub": "${AWS::AccountId}"}}},
        ]


def test_data_outlives_the_stack_where_it_matters(rendered: dict[str, Any], settings: StageSettings) -> None:
    kept = settings.name in {"staging", "prod"}

    for logical_id in ("TaskTable", "TaskQueue", "TaskDlq"):
        expected = "RetainExceptOnCreate" if kept else "Delete"
        assert rendered["Resources"][logical_id]["DeletionPolicy"] == expected
    assert properties(rendered, "TaskTable")["DeletionProtectionEnabled"] is kept


def test_logs_expire(rendered: dict[str, Any], settings: StageSettings) -> None:
    groups = of_type(rendered, "AWS::Logs::LogGroup").values()

    assert {group["LogGroupName"] for group in groups} == {
        f"/aws/lambda/{settings.stack_name}",
        f"/aws/apigateway/{settings.stack_name}",
    }
    assert {group["RetentionInDays"] for group in groups} == {settings.log_retention_days}


def test_alarms_may_use_the_alert_topics_key(rendered: dict[str, Any], settings: StageSettings) -> None:
    """The alert topic's key allows alarms to publish."""
    statements = {each["Sid"]: each for each in properties(rendered, "DataKey")["KeyPolicy"]["Statement"]}

    assert properties(rendered, "AlertTopic")["KmsMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
    alarms = statements["AlarmsPublish"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    data = {"ThroughTablesBucketAndQueues", "LogsOfThisStage"}
    assert set(statements) == {"AccountAdministersKey", "AlarmsPublish"} | data


def test_data_can_be_read_after_the_stages_key_is_no_longer_used(render: Render) -> None:
    """The key of a stage has the same policy and the same retention whether or not it encrypts new data."""
    for name in ("staging", "test"):
        own, awss = (
            render(dataclasses.replace(stage(name), customer_managed_key=own))["Resources"]["DataKey"]
            for own in (True, False)
        )
        for each in (own, awss):
            del each["Properties"]["Description"]
        assert own == awss
        assert own["DeletionPolicy"] == ("RetainExceptOnCreate" if name == "staging" else "Delete")


def test_the_topic_refuses_plain_http_and_other_alarms(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    policy = properties(rendered, "AlertTopicPolicy")
    assert policy["Topics"] == [{"Ref": "AlertTopic"}]
    denied, alarms = policy["PolicyDocument"]["Statement"]

    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (alarms["Effect"], alarms["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    own = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    assert alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Fn::Sub": "${AWS::AccountId}"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": f"{own}{settings.stack_name}-*"}},
    }


def test_the_api_refuses_old_tls(rendered: dict[str, Any]) -> None:
    """The API refuses old versions of TLS, which a regional API accepts by default."""
    api = properties(rendered, "Api")
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == (
        "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        "STRICT",
    )


def test_what_has_no_name_in_its_arn_has_the_stacks_tag(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    """Resources without a name in their ARN have the stack's tag, on which permissions depend."""
    gateway = ("RestApi", "Stage", "UsagePlan")
    nameless = ("AWS::KMS::Key", *(f"AWS::ApiGateway::{each}" for each in gateway))
    found = [each for kind in nameless for each in of_type(rendered, kind).values()]
    assert len(found) == 3 + (settings.authentication == "api-key")
    for each in found:
        assert {"Key": "faultline:stack", "Value": settings.stack_name} in each["Tags"]


def test_stage_is_throttled_logged_and_traced(rendered: dict[str, Any], settings: StageSettings) -> None:
    api_stage = properties(rendered, "ApiStage")

    assert api_stage["StageName"] == settings.name
    assert api_stage["TracingEnabled"] is True
    assert api_stage["MethodSettings"][0]["ThrottlingRateLimit"] == settings.throttle_rate
    assert api_stage["MethodSettings"][0]["ThrottlingBurstLimit"] == settings.throttle_burst
    # Required: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    access_log = api_stage["AccessLogSetting"]["Format"]
    assert "$context.requestId" in access_log
    assert all(value.startswith("$context.") for value in json.loads(access_log).values())


def test_access_log_has_no_text_that_could_end_its_json(rendered: dict[str, Any]) -> None:
    """The access log omits variables with text that API Gateway does not escape.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
    """
    unescaped = {
        *("path", "customDomain.basePathMatched", "domainName", "domainPrefix", "protocol"),
        *("identity.userAgent", "identity.apiKey", "identity.user", "identity.clientCert.subjectDN"),
        *("error.message", "error.messageString", "error.validationErrorString", "authorize.error"),
        *("authorizer.error", "authorizer.principalId", "integration.error", "integrationErrorMessage"),
        *("authenticate.error", "waf.error"),
    }
    logged = json.loads(properties(rendered, "ApiStage")["AccessLogSetting"]["Format"]).values()
    assert not {f"$context.{variable}" for variable in unescaped} & set(logged)


def test_api_may_call_each_function_for_its_routes_only(
    rendered: dict[str, Any], settings: StageSettings
) -> None:
    calls = {
        (
            permission["FunctionName"]["Ref"],
            permission["SourceArn"]["Fn::Sub"].partition(f"${{Api}}/{settings.name}/")[2],
        )
        for permission in of_type(rendered, "AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    }

    assert calls == {
        ("SubmitTaskFunctionLive", "POST/tasks"),
        ("ManageTasksFunctionLive", "GET/tasks"),
        ("ManageTasksFunctionLive", "GET/tasks/*"),
    }


def test_changed_document_means_another_deployment_of_the_api(apis: Resolvers) -> None:
    def deployments(settings: StageSettings) -> set[str]:
        return set(of_type(template(settings, CODE, apis).to_dict(), "AWS::ApiGateway::Deployment"))

    changed = dataclasses.replace(stage("dev"), cors_origins=("https://a.example",))
    assert len(deployments(stage("dev"))) == 1
    assert deployments(stage("dev")) == deployments(stage("dev"))
    assert deployments(stage("dev")) != deployments(changed)


def test_changed_code_changes_nothing_but_the_functions_code_and_versions(apis: Resolvers) -> None:
    def without_code(key: str) -> dict[str, Any]:
        location = CodeLocation(bucket=CODE.bucket, key=key)
        rendered: dict[str, Any] = template(stage("dev"), location, apis).to_dict()
        for function in of_type(rendered, "AWS::Lambda::Function").values():
            assert function.pop("Code")["S3Key"] == key
        for version in of_type(rendered, "AWS::Lambda::Version"):
            del rendered["Resources"][version]
        for alias in of_type(rendered, "AWS::Lambda::Alias").values():
            del alias["FunctionVersion"]
        return rendered

    assert without_code("functions/1.zip") == without_code("functions/2.zip")
