"""What the stack of each stage consists of."""

import dataclasses
import json
from typing import Any

import pytest
from cfnlint.api import lint
from pydantic import JsonValue

from infra.api.openapi import Resolvers
from infra.errors import InvalidStage
from infra.stack.functions import FUNCTIONS as NAMES
from infra.stack.functions import CodeLocation
from infra.stages import STAGES, StageSettings, stage
from infra.template import template
from lambdas.application.settings import (
    ManageSettings,
    MonitorSettings,
    ProcessSettings,
    ReleaseSettings,
    Settings,
)
from lambdas.domain.retry import RetryPolicy
from lambdas.work.registry import Payload, Registry, WorkContext, kind

CODE = CodeLocation(bucket="faultline-artifacts", key="functions/0.zip")
FUNCTIONS = {
    "SubmitTask": "submit_task",
    "ManageTasks": "manage_tasks",
    "ProcessTask": "process_task",
    "MonitorDlq": "monitor_dlq",
    "ReleaseTasks": "release_tasks",
}


@pytest.fixture(params=STAGES)
def settings(request: pytest.FixtureRequest) -> StageSettings:
    return stage(request.param)


@pytest.fixture
def rendered(settings: StageSettings, apis: Resolvers) -> dict[str, Any]:
    result: dict[str, Any] = template(settings, CODE, apis).to_dict()
    return result


def properties(rendered: dict[str, Any], logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = rendered["Resources"][logical_id]["Properties"]
    return found


def of_type(rendered: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in rendered["Resources"].items()
        if resource["Type"] == kind
    }


def test_cfn_lint_finds_nothing(settings: StageSettings, apis: Resolvers) -> None:
    assert lint(template(settings, CODE, apis).to_json()) == []


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
    ]

    assert len(names) == 43 + bool(settings.failure_rate_parameter) + (settings.authentication == "api-key")
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


def test_table_has_sharded_indexes_of_keys_only(rendered: dict[str, Any], settings: StageSettings) -> None:
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
        "by-status": (["statusShard", "position"], "KEYS_ONLY"),
        "by-time": (["shard", "position"], "KEYS_ONLY"),
        "by-release": (["release", "releaseAt"], "KEYS_ONLY"),
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
    # A circuit's state is no data: kept, it would only stand in the way of the stack's next creation.
    assert rendered["Resources"]["CircuitTable"]["DeletionPolicy"] == "Delete"


def test_all_that_is_kept_is_encrypted(rendered: dict[str, Any], settings: StageSettings) -> None:
    """With the stage's own key but in dev; that key turns, and lives as long as what it encrypts."""
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
    # Without a key of their own CloudWatch Logs encrypts them with one of its own.
    groups = [each for each in rendered["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == 2
    assert all(group["Properties"].get("KmsKeyId") == (key if own else None) for group in groups)
    keys = [each for each in rendered["Resources"].values() if each["Type"] == "AWS::KMS::Key"]
    assert len(keys) == 1 + own
    assert all(each["Properties"]["EnableKeyRotation"] is True for each in keys)
    if own:
        policy = rendered["Resources"]["TaskTable"]["DeletionPolicy"]
        assert rendered["Resources"]["DataKey"]["DeletionPolicy"] == policy


def test_queues_refuse_other_accounts_and_plain_http(rendered: dict[str, Any]) -> None:
    """Each has a policy of two denials, and none that allows."""
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


def test_functions_are_the_guides(rendered: dict[str, Any], settings: StageSettings) -> None:
    timeouts = {
        "submit_task": settings.api_timeout_seconds,
        "manage_tasks": settings.api_timeout_seconds,
        "process_task": settings.process_timeout_seconds,
        "monitor_dlq": settings.monitor_timeout_seconds,
        "release_tasks": settings.release_timeout_seconds,
    }
    assert set(FUNCTIONS.values()) == set(NAMES)
    for logical_id, name in FUNCTIONS.items():
        function = properties(rendered, f"{logical_id}Function")

        assert function["FunctionName"] == f"{settings.stack_name}-{name.replace('_', '-')}"
        assert function["Handler"] == f"lambdas.{name}.handler.handler"
        assert (function["Runtime"], function["MemorySize"]) == ("python3.13", 512)
        assert function["Timeout"] == timeouts[name]
        assert function["Code"] == {"S3Bucket": CODE.bucket, "S3Key": CODE.key}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": "Logs"}}
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_functions_are_given_what_they_ask_for(rendered: dict[str, Any], settings: StageSettings) -> None:
    shared = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "MASKED_FIELDS", *Settings.variables()}
    given = {
        name: properties(rendered, f"{logical_id}Function")["Environment"]["Variables"]
        for logical_id, name in FUNCTIONS.items()
    }

    own = {name: set(variables) - shared for name, variables in given.items()}
    assert own == {
        "submit_task": {"CORS_ORIGINS"},
        "manage_tasks": {"CORS_ORIGINS", "TASK_RETENTION_DAYS"},
        "process_task": {
            *("CIRCUIT_TABLE_NAME", "CIRCUIT_FAILURE_THRESHOLD", "CIRCUIT_RECOVERY_SECONDS"),
            *("FAILURE_RATE_PARAMETER", "MAX_RECEIVE_COUNT", "TASK_RETENTION_DAYS"),
        },
        "monitor_dlq": {"ALERT_TOPIC_ARN", "CRITICAL_CATEGORIES", "TASK_RETENTION_DAYS"},
        "release_tasks": {"CIRCUIT_TABLE_NAME", "CIRCUIT_RECOVERY_SECONDS", "TASK_RETENTION_DAYS"},
    }
    for name, variables in given.items():
        assert shared <= variables.keys()
        assert variables["MASKED_FIELDS"].split(",") == [*settings.masked_fields]
        assert variables["STAGE"] == settings.name
        assert variables["POWERTOOLS_SERVICE_NAME"] == name
    assert {*ProcessSettings.variables()} <= given["process_task"].keys()
    assert {*MonitorSettings.variables()} <= given["monitor_dlq"].keys()
    assert {*ReleaseSettings.variables()} <= given["release_tasks"].keys()
    assert {*ManageSettings.variables()} <= given["manage_tasks"].keys()
    assert given["monitor_dlq"]["CRITICAL_CATEGORIES"] == "SYSTEM,UNKNOWN"
    for name in ("process_task", "release_tasks"):
        assert given[name]["CIRCUIT_TABLE_NAME"] == {"Ref": "CircuitTable"}
        assert given[name]["CIRCUIT_RECOVERY_SECONDS"] == str(settings.circuit_recovery_seconds)
    assert given["process_task"]["CIRCUIT_FAILURE_THRESHOLD"] == str(settings.circuit_failure_threshold)
    assert given["process_task"]["MAX_RECEIVE_COUNT"] == str(settings.max_receive_count)
    assert given["process_task"]["FAILURE_RATE_PARAMETER"] == (settings.failure_rate_parameter or "")


def test_failure_rate_exists_in_dev_and_test_only(rendered: dict[str, Any], settings: StageSettings) -> None:
    rates = [parameter["Value"] for parameter in of_type(rendered, "AWS::SSM::Parameter").values()]

    assert rates == {"dev": ["0.3"], "test": ["0"], "staging": [], "prod": []}[settings.name]


def test_sources_report_single_failures(rendered: dict[str, Any], settings: StageSettings) -> None:
    process, monitor = properties(rendered, "ProcessTaskSource"), properties(rendered, "MonitorDlqSource")

    for source in (process, monitor):
        assert source["BatchSize"] == 10
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert process["EventSourceArn"] == {"Fn::GetAtt": ["TaskQueue", "Arn"]}
    assert process["ScalingConfig"] == {"MaximumConcurrency": settings.process_concurrency}
    assert monitor["EventSourceArn"] == {"Fn::GetAtt": ["TaskDlq", "Arn"]}


def test_tasks_are_released_each_minute(rendered: dict[str, Any], settings: StageSettings) -> None:
    rule = properties(rendered, "ReleaseSchedule")
    [target] = rule["Targets"]

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert target["Arn"] == {"Fn::GetAtt": ["ReleaseTasksFunction", "Arn"]}
    assert json.loads(target["Input"]) == {"forSeconds": settings.release_loop_seconds}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 2}


def test_run_that_fails_is_left_to_the_next_minute(rendered: dict[str, Any]) -> None:
    assert properties(rendered, "ReleaseTasksRetries") == {
        "FunctionName": {"Ref": "ReleaseTasksFunction"},
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }


def test_schedule_alone_may_start_releases(rendered: dict[str, Any]) -> None:
    assert properties(rendered, "ScheduleMayReleaseTasks") == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "ReleaseTasksFunction"},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["ReleaseSchedule", "Arn"]},
    }


def test_logs_expire(rendered: dict[str, Any], settings: StageSettings) -> None:
    groups = of_type(rendered, "AWS::Logs::LogGroup").values()

    assert {group["LogGroupName"] for group in groups} == {
        f"/aws/lambda/{settings.stack_name}",
        f"/aws/apigateway/{settings.stack_name}",
    }
    assert {group["RetentionInDays"] for group in groups} == {settings.log_retention_days}


def test_alarms_may_use_the_alert_topics_key(rendered: dict[str, Any]) -> None:
    statements = properties(rendered, "AlertKey")["KeyPolicy"]["Statement"]

    assert properties(rendered, "AlertTopic")["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlertKey", "Arn"]}
    assert {"Service": "cloudwatch.amazonaws.com"} in [each["Principal"] for each in statements]


def test_stage_is_throttled_logged_and_traced(rendered: dict[str, Any], settings: StageSettings) -> None:
    api_stage = properties(rendered, "ApiStage")

    assert api_stage["StageName"] == settings.name
    assert api_stage["TracingEnabled"] is True
    assert api_stage["MethodSettings"][0]["ThrottlingRateLimit"] == settings.throttle_rate
    assert api_stage["MethodSettings"][0]["ThrottlingBurstLimit"] == settings.throttle_burst
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html: it must be there.
    assert "$context.requestId" in api_stage["AccessLogSetting"]["Format"]


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
        ("SubmitTaskFunction", "POST/tasks"),
        ("ManageTasksFunction", "GET/tasks"),
        ("ManageTasksFunction", "GET/tasks/*"),
    }


def test_changed_document_means_another_deployment_of_the_api(apis: Resolvers) -> None:
    def deployments(settings: StageSettings) -> set[str]:
        return set(of_type(template(settings, CODE, apis).to_dict(), "AWS::ApiGateway::Deployment"))

    changed = dataclasses.replace(stage("dev"), cors_origins=("https://a.example",))
    assert len(deployments(stage("dev"))) == 1
    assert deployments(stage("dev")) == deployments(stage("dev"))
    assert deployments(stage("dev")) != deployments(changed)


def test_changed_code_changes_nothing_but_the_functions_code(apis: Resolvers) -> None:
    def without_code(key: str) -> dict[str, Any]:
        location = CodeLocation(bucket=CODE.bucket, key=key)
        rendered: dict[str, Any] = template(stage("dev"), location, apis).to_dict()
        for function in of_type(rendered, "AWS::Lambda::Function").values():
            assert function.pop("Code")["S3Key"] == key
        return rendered

    assert without_code("functions/1.zip") == without_code("functions/2.zip")


def test_a_kind_cannot_want_more_attempts_than_the_queue_delivers(apis: Resolvers) -> None:
    @kind("stubborn", retry=RetryPolicy(maximum_attempts=4))
    def stubborn(payload: Payload, context: WorkContext) -> JsonValue:
        return None

    with pytest.raises(InvalidStage, match="stubborn wants 4 attempts, and max_receive_count is 3"):
        template(stage("dev"), CODE, apis, Registry([stubborn]))
