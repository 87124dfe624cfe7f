"""The functions of each stage, and the event source mappings of those that read queues."""

import dataclasses
from typing import Any

from infra.api.openapi import Resolvers
from infra.stack.functions import FUNCTIONS as NAMES
from infra.stack.functions import CodeLocation
from infra.stack.versions import fingerprint
from infra.stages import STAGES, StageSettings, stage
from infra.template import template
from lambdas.application.settings import (
    ManageSettings,
    MonitorSettings,
    ProcessSettings,
    ReleaseSettings,
    Settings,
    SubmitSettings,
)
from tests.unit.infra.rendered import CODE, of_type, properties

FUNCTIONS = {
    "SubmitTask": "submit_task",
    "ManageTasks": "manage_tasks",
    "ProcessTask": "process_task",
    "MonitorDlq": "monitor_dlq",
    "ReleaseTasks": "release_tasks",
}


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
        assert function["Runtime"] == "python3.13"
        assert function["MemorySize"] == (256 if name == "release_tasks" else 512)
        assert function["Timeout"] == timeouts[name]
        assert function["Code"] == {"S3Bucket": CODE.bucket, "S3Key": CODE.key}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": "Logs"}}
        assert function["TracingConfig"] == {"Mode": "Active"}
        # These two send messages to queues that invoke them, which Lambda would take for a loop and stop.
        allowed = "Allow" if name in {"process_task", "monitor_dlq"} else None
        assert function.get("RecursiveLoop") == allowed


def test_functions_are_given_what_they_ask_for(rendered: dict[str, Any], settings: StageSettings) -> None:
    shared = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "MASKED_FIELDS", "INDEX_SHARDS"}
    shared |= {*Settings.variables()}
    given = {
        name: properties(rendered, f"{logical_id}Function")["Environment"]["Variables"]
        for logical_id, name in FUNCTIONS.items()
    }

    own = {name: set(variables) - shared for name, variables in given.items()}
    assert own == {
        "submit_task": {"CORS_ORIGINS", "TASK_RETENTION_DAYS"},
        "manage_tasks": {"CORS_ORIGINS", "TASK_RETENTION_DAYS", "CIRCUIT_TABLE_NAME"},
        "process_task": {
            *("CIRCUIT_TABLE_NAME", "CIRCUIT_FAILURE_THRESHOLD", "CIRCUIT_RECOVERY_SECONDS"),
            *("FAILURE_RATE_PARAMETER", "MAX_RECEIVE_COUNT", "TASK_RETENTION_DAYS"),
            "CALLBACK_SECRET_PARAMETER",
        },
        "monitor_dlq": {"ALERT_TOPIC_ARN", "CRITICAL_CATEGORIES", "TASK_RETENTION_DAYS"},
        "release_tasks": {"CIRCUIT_TABLE_NAME", "CIRCUIT_RECOVERY_SECONDS", "TASK_RETENTION_DAYS"},
    }
    for name, variables in given.items():
        assert shared <= variables.keys()
        assert variables["MASKED_FIELDS"].split(",") == [*settings.masked_fields]
        assert variables["STAGE"] == settings.name
        assert variables["INDEX_SHARDS"] == str(settings.index_shards)
        assert variables["POWERTOOLS_SERVICE_NAME"] == name
    assert {*ProcessSettings.variables()} <= given["process_task"].keys()
    assert {*MonitorSettings.variables()} <= given["monitor_dlq"].keys()
    assert {*ReleaseSettings.variables()} <= given["release_tasks"].keys()
    assert {*SubmitSettings.variables()} <= given["submit_task"].keys()
    assert {*ManageSettings.variables()} <= given["manage_tasks"].keys()
    assert given["monitor_dlq"]["CRITICAL_CATEGORIES"] == "SYSTEM,UNKNOWN"
    for name in ("process_task", "release_tasks"):
        assert given[name]["CIRCUIT_TABLE_NAME"] == {"Ref": "CircuitTable"}
        assert given[name]["CIRCUIT_RECOVERY_SECONDS"] == str(settings.circuit_recovery_seconds)
    assert given["process_task"]["CIRCUIT_FAILURE_THRESHOLD"] == str(settings.circuit_failure_threshold)
    assert given["process_task"]["CALLBACK_SECRET_PARAMETER"] == settings.callback_secret_parameter
    assert given["process_task"]["MAX_RECEIVE_COUNT"] == str(settings.max_receive_count)
    assert given["process_task"]["FAILURE_RATE_PARAMETER"] == (settings.failure_rate_parameter or "")


def test_failure_rate_exists_in_dev_and_test_only(rendered: dict[str, Any], settings: StageSettings) -> None:
    rates = [parameter["Value"] for parameter in of_type(rendered, "AWS::SSM::Parameter").values()]

    assert rates == {"dev": ["0.3"], "test": ["0"], "staging": [], "prod": []}[settings.name]


def versions(settings: StageSettings, apis: Resolvers, code: CodeLocation = CODE) -> set[str]:
    return set(of_type(template(settings, code, apis).to_dict(), "AWS::Lambda::Version"))


def test_a_function_is_called_by_its_alias(rendered: dict[str, Any]) -> None:
    """Each alias has its function's only version; every permission and event source names the alias."""
    aliases = of_type(rendered, "AWS::Lambda::Alias")
    assert aliases.keys() == {f"{logical_id}FunctionLive" for logical_id in FUNCTIONS}
    for alias in aliases.values():
        version, _ = alias["FunctionVersion"]["Fn::GetAtt"]
        assert alias["Name"] == "live"
        assert alias["FunctionName"] == properties(rendered, version)["FunctionName"]
    callers = (*of_type(rendered, "AWS::Lambda::Permission").values(),)
    callers += (*of_type(rendered, "AWS::Lambda::EventSourceMapping").values(),)
    assert {caller["FunctionName"]["Ref"] for caller in callers} == aliases.keys()


def test_what_changes_a_function_changes_its_version(apis: Resolvers) -> None:
    """New code changes all versions; a setting changes those of the functions that receive it."""
    settings = stage("prod")
    before = versions(settings, apis)
    code = CodeLocation(bucket=CODE.bucket, key="functions/1.zip")
    assert before.isdisjoint(versions(settings, apis, code))
    assert len(before - versions(dataclasses.replace(settings, circuit_failure_threshold=9), apis)) == 1
    assert before == versions(dataclasses.replace(settings, process_concurrency=9), apis)


def test_what_lambda_does_not_version_makes_no_version(apis: Resolvers) -> None:
    """A property that Lambda does not version does not change the version's fingerprint."""
    stack = template(stage("prod"), CODE, apis)
    function = stack.resources["ProcessTaskFunction"]
    before = fingerprint(function)
    function.RecursiveLoop = "Terminate"
    assert fingerprint(function) == before


def test_environments_are_ready_where_the_stage_says(apis: Resolvers) -> None:
    """Environments are provisioned or start from a snapshot where the stage's settings say so."""
    settings = dataclasses.replace(
        stage("prod"), provisioned_concurrency={"process_task": 3}, snap_start=("submit_task",)
    )
    rendered = template(settings, CODE, apis).to_dict()
    provisioned = {
        logical_id: alias["ProvisionedConcurrencyConfig"]
        for logical_id, alias in of_type(rendered, "AWS::Lambda::Alias").items()
        if "ProvisionedConcurrencyConfig" in alias
    }
    assert provisioned == {"ProcessTaskFunctionLive": {"ProvisionedConcurrentExecutions": 3}}
    snapped = [
        logical_id
        for logical_id, function in of_type(rendered, "AWS::Lambda::Function").items()
        if function.get("SnapStart") == {"ApplyOn": "PublishedVersions"}
    ]
    assert snapped == ["SubmitTaskFunction"]


def test_only_prod_has_environments_that_wait() -> None:
    ready = {name: dict(settings.provisioned_concurrency) for name, settings in STAGES.items()}
    assert ready == {"dev": {}, "test": {}, "staging": {}, "prod": {"submit_task": 2, "process_task": 2}}
    assert not any(settings.snap_start for settings in STAGES.values())


def test_sources_report_single_failures(rendered: dict[str, Any], settings: StageSettings) -> None:
    process, monitor = properties(rendered, "ProcessTaskSource"), properties(rendered, "MonitorDlqSource")

    for source in (process, monitor):
        assert source["BatchSize"] == 10
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert process["EventSourceArn"] == {"Fn::GetAtt": ["TaskQueue", "Arn"]}
    assert process["ScalingConfig"] == {"MaximumConcurrency": settings.process_concurrency}
    assert monitor["EventSourceArn"] == {"Fn::GetAtt": ["TaskDlq", "Arn"]}
    assert monitor["ScalingConfig"] == {"MaximumConcurrency": settings.monitor_concurrency}
