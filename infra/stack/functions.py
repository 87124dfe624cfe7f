"""The functions: their environment variables and their resources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import (
    Alias,
    Code,
    Environment,
    Function,
    LoggingConfig,
    SnapStart,
    TracingConfig,
)
from troposphere.dynamodb import Table
from troposphere.iam import Role
from troposphere.logs import LogGroup
from troposphere.s3 import Bucket
from troposphere.sns import Topic

from infra.errors import InvalidStage
from infra.stack.encryption import of_log_group
from infra.stack.index_shards import INDEX_SHARDS
from infra.stack.policy_size import check_policy_size
from infra.stack.queues import Queues
from infra.stack.roles import Statement, add_role, every_functions
from infra.stack.versions import add_live_version
from infra.stages import FunctionName, StageSettings
from lambdas.application.secrets import SECRETS_VARIABLE
from lambdas.work.kinds import PACKAGE_VARIABLE

RUNTIME = "python3.13"
FUNCTIONS: tuple[FunctionName, ...] = get_args(FunctionName)
"""The short names of all functions: packages of `lambdas` with a module `handler`."""
_IMPORT_KINDS = frozenset[FunctionName]({"submit_task", "manage_tasks", "process_task"})
"""The functions that import the kinds of work."""
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_ENVIRONMENT_BYTES = 4096
_REFERENCE_BYTES = 64
"""Assumed length of a value that only the deployment knows, such as the URL of a queue."""
_SNAP_START = SnapStart(ApplyOn="PublishedVersions")
"""SnapStart for published versions: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""


@dataclass(frozen=True, kw_only=True)
class CodeLocation:
    """Location of the functions' artifact in S3."""

    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """A function: a package `lambdas/<name>` whose module `handler` has a function `handler`."""

    name: FunctionName
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, Any]
    """Variables that this function needs besides `shared_environment`."""
    sends_to_its_source: bool = False
    """Whether the function may send messages that return to it through a queue.

    Lambda stops a function when it has been invoked some 16 times in one chain of messages, unless the
    function allows that: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """

    @property
    def logical_id(self) -> str:
        """The prefix of the logical ids of the function's resources: `SubmitTask` for `submit_task`."""
        return "".join(word.capitalize() for word in self.name.split("_"))


def shared_environment(
    settings: StageSettings, function: str, queues: Queues, table: Table, bucket: Bucket
) -> dict[str, Any]:
    """Return the variables that every function has, such as the stage, resources and fields to mask.

    https://docs.aws.amazon.com/powertools/python/latest/environment_variables/
    """
    return {
        "STAGE": settings.name,
        "REGION": Ref("AWS::Region"),
        "TASK_QUEUE_URL": Ref(queues.tasks),
        "TASK_DLQ_URL": Ref(queues.dlq),
        "TASK_TABLE_NAME": Ref(table),
        "TASK_BUCKET_NAME": Ref(bucket),
        INDEX_SHARDS: str(settings.index_shards),
        "POWERTOOLS_SERVICE_NAME": function,
        "POWERTOOLS_LOG_LEVEL": settings.log_level,
        "MASKED_FIELDS": ",".join(settings.masked_fields),
        **_of_kinds(settings, function),
    }


def _of_kinds(settings: StageSettings, function: str) -> Mapping[str, str]:
    """Return the variables for a project's kinds of work, which some functions import."""
    if settings.project is None:
        return {}
    own = settings.project.environment if function in _IMPORT_KINDS else {}
    return {**own, PACKAGE_VARIABLE: settings.project.kinds}


def function_specs(
    settings: StageSettings, alert_topic: Topic, circuit_table: Table
) -> tuple[FunctionSpec, ...]:
    """Return the definitions of all functions of a stage."""
    cors = {"CORS_ORIGINS": ",".join(settings.cors_origins)}
    retention = {"TASK_RETENTION_DAYS": str(settings.task_retention_days)}
    circuits = {
        "CIRCUIT_TABLE_NAME": Ref(circuit_table),
        "CIRCUIT_RECOVERY_SECONDS": str(settings.circuit_recovery_seconds),
    }
    return (
        FunctionSpec(
            name="submit_task",
            timeout_seconds=settings.api_timeout_seconds,
            memory_mb=settings.memory_mb,
            environment=cors | retention,
        ),
        FunctionSpec(
            name="manage_tasks",
            timeout_seconds=settings.api_timeout_seconds,
            memory_mb=settings.memory_mb,
            environment=cors | retention | {"CIRCUIT_TABLE_NAME": circuits["CIRCUIT_TABLE_NAME"]},
        ),
        FunctionSpec(
            name="process_task",
            timeout_seconds=settings.process_timeout_seconds,
            memory_mb=settings.memory_mb,
            sends_to_its_source=True,
            environment={
                # Empty where failures must not be simulated; the function requires the variable.
                "FAILURE_RATE_PARAMETER": settings.failure_rate_parameter or "",
                "CALLBACK_SECRET_PARAMETER": settings.callback_secret_parameter,
                "CIRCUIT_FAILURE_THRESHOLD": str(settings.circuit_failure_threshold),
                "MAX_RECEIVE_COUNT": str(settings.max_receive_count),
                **circuits,
                **retention,
                **_secrets(settings),
            },
        ),
        FunctionSpec(
            name="monitor_dlq",
            timeout_seconds=settings.monitor_timeout_seconds,
            memory_mb=settings.memory_mb,
            sends_to_its_source=True,
            environment={
                "ALERT_TOPIC_ARN": Ref(alert_topic),
                "CRITICAL_CATEGORIES": ",".join(settings.critical_categories),
                **retention,
            },
        ),
        FunctionSpec(
            name="release_tasks",
            timeout_seconds=settings.release_timeout_seconds,
            memory_mb=settings.release_memory_mb,
            environment=circuits | retention,
        ),
    )


def _secrets(settings: StageSettings) -> dict[str, str]:
    """Return the variable that locates the project's secrets; no variable contains their values."""
    if not settings.project or not settings.project.secrets:
        return {}
    places = {name: source.of_stage(settings.name) for name, source in settings.project.secrets.items()}
    return {SECRETS_VARIABLE: json.dumps(places)}


def add_log_group(template: Template, settings: StageSettings) -> LogGroup:
    """Add the log group that all functions of a stage share, so that one filter finds all logs of a task.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    return template.add_resource(
        LogGroup(
            "Logs",
            LogGroupName=settings.log_group_name,
            RetentionInDays=settings.log_retention_days,
            **of_log_group(settings),
            DeletionPolicy="Delete",
            UpdateReplacePolicy="Delete",
        )
    )


def add_function(
    template: Template,
    settings: StageSettings,
    spec: FunctionSpec,
    *,
    environment: Mapping[str, Any],
    permissions: Sequence[Statement],
    log_group: LogGroup,
    code: CodeLocation,
) -> Alias:
    """Add a function with its role and a version, and return the alias through which to call it.

    Raises:
        InvalidStage: Its environment variables are too large for Lambda, or its permissions for IAM.
    """
    _check_size(settings, spec.name, environment)
    name = settings.function_name(spec.name)
    role: Role = add_role(
        template, settings, spec.logical_id, name, (*permissions, *every_functions(log_group))
    )
    check_policy_size(settings, spec.name, role)
    function = template.add_resource(
        Function(
            f"{spec.logical_id}Function",
            FunctionName=name,
            Runtime=RUNTIME,
            Architectures=[settings.architecture],
            Handler=f"lambdas.{spec.name}.handler.handler",
            Code=Code(S3Bucket=code.bucket, S3Key=code.key),
            MemorySize=spec.memory_mb,
            Timeout=spec.timeout_seconds,
            Role=GetAtt(role, "Arn"),
            LoggingConfig=LoggingConfig(LogGroup=Ref(log_group)),
            # https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
            TracingConfig=TracingConfig(Mode="Active"),
            Environment=Environment(Variables=dict(environment)),
            **({"RecursiveLoop": "Allow"} if spec.sends_to_its_source else {}),
            **({"SnapStart": _SNAP_START} if spec.name in settings.snap_start else {}),
        )
    )
    return add_live_version(template, settings, spec.name, function)


def _check_size(settings: StageSettings, function: FunctionName, environment: Mapping[str, Any]) -> None:
    known = {
        name: value if isinstance(value, str) else "?" * _REFERENCE_BYTES
        for name, value in environment.items()
    }
    size = len(json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode())
    if size > _MAX_ENVIRONMENT_BYTES:
        raise InvalidStage(
            f"stage {settings.name}: the environment variables of {function} have {size} bytes, and Lambda "
            f"accepts {_MAX_ENVIRONMENT_BYTES}; shorten [environment] in faultline.toml, or masked_fields"
        )
