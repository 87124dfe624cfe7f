"""The settings of each stage, in one place.

The defaults include 180 s visibility, 14 days of message retention, 3 receives, 512 MB, and timeouts of 30 s
and 180 s. `test` shortens the times that tests have to wait for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass

from infra.api.authentication import Authentication, KeyLimits, Rate
from infra.errors import InvalidStage, UnknownStage, problems
from infra.limits import FunctionMemory, FunctionTimeout, LogRetention, VisibilityTimeout
from infra.project.project import Project, find
from infra.project.stage_settings import in_project
from infra.stage_names import StageNames
from infra.thresholds import Thresholds
from lambdas.domain.errors import Category
from lambdas.domain.private_fields import USUAL, PrivateFields

Architecture = Literal["x86_64", "arm64"]
FunctionName = Literal["submit_task", "manage_tasks", "process_task", "monitor_dlq", "release_tasks"]
DashboardName = Literal["overview", "tasks", "errors", "performance"]
DASHBOARDS: Final[tuple[DashboardName, ...]] = get_args(DashboardName)
LogLevel = Literal["DEBUG", "INFO", "WARNING"]


def _maskable(name: str) -> str:
    # The names are passed to the functions in one variable, separated by commas.
    if "," in name or not PrivateFields.of([name]).names:
        raise ValueError("must be names without commas")
    return name


@dataclass(frozen=True, kw_only=True, config=ConfigDict(revalidate_instances="always"))
class StageSettings(StageNames):
    """The settings of one stage. Times are in seconds or days, according to their names.

    Raises:
        InvalidStage: A setting is outside of its limits, or two settings contradict each other.
    """

    name: str
    architecture: Architecture = "arm64"
    """The functions' processor on AWS, where arm64 costs a fifth less: https://aws.amazon.com/lambda/pricing/
    A sandbox uses its machine's processor."""
    memory_mb: FunctionMemory = 512
    api_timeout_seconds: FunctionTimeout = 30
    process_timeout_seconds: FunctionTimeout = 180
    monitor_timeout_seconds: FunctionTimeout = 30
    release_timeout_seconds: FunctionTimeout = 60
    release_loop_seconds: Annotated[int, Field(ge=0, le=55)] = 50
    """How long a run of release_tasks keeps looking for tasks to release. The schedule starts a run each
    minute, its finest interval, and some seconds late:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html"""

    release_until_idle: bool = True
    """Whether a run of release_tasks ends as soon as no task waits, so that an idle stage pays for one pass a
    minute. A task that begins to wait after that pass is noticed up to a minute later."""
    release_memory_mb: FunctionMemory = 256
    """The memory of release_tasks, which mostly waits; waiting is billed by memory, too:
    https://aws.amazon.com/lambda/pricing/"""

    provisioned_concurrency: Mapping[FunctionName, PositiveInt] = field(default_factory=dict)
    """Number of execution environments that are kept ready, by function; others start on demand.
    They cost money while idle: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"""
    snap_start: tuple[FunctionName, ...] = ()
    """Functions whose environments start from a snapshot, instead of provisioned concurrency:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"""

    visibility_timeout_seconds: VisibilityTimeout = 180
    dlq_visibility_timeout_seconds: VisibilityTimeout = 180
    message_retention_days: Annotated[int, Field(ge=1, le=14)] = 14
    max_receive_count: Annotated[int, Field(ge=1, le=1000)] = 3
    process_concurrency: Annotated[int, Field(ge=2, le=1000)]
    """Maximum number of concurrent invocations of process_task by the task queue:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

    monitor_concurrency: Annotated[int, Field(ge=2, le=1000)] = 5
    """Maximum number of concurrent invocations of monitor_dlq by the dead-letter queue."""

    index_shards: Annotated[int, Field(ge=8, le=100)] = 8
    """Number of partitions of each state in the table's indexes, each for some 330 tasks a second. It may be
    raised but never lowered, since lists would miss the tasks in removed partitions:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html"""

    task_retention_days: int = 30
    """How long the record of an ended task is kept."""
    circuit_failure_threshold: PositiveInt = 5
    """The number of consecutive failed attempts that opens a circuit."""
    circuit_recovery_seconds: PositiveInt = 30
    """How long a circuit stays open before a probe is let through."""

    retain_data: bool
    """Whether table, bucket and queues outlive the stack, and the table is protected from deletion."""
    point_in_time_recovery: bool = True
    """Whether the table can be restored to any second of the last 35 days."""
    customer_managed_key: bool = True
    """Whether tables, bucket, queues and logs are encrypted with the stack's own key instead of AWS's.
    If that is turned off, data that the key has encrypted can still be read."""
    permissions_boundary: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@/-]{1,128}$")] | None = None
    """The name of the managed policy that limits the functions' roles, regardless of their own policies.
    `faultline deployment-policy` prints it; it must exist before the stage is deployed:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    termination_protection: bool = False
    """Whether CloudFormation refuses to delete the stack."""

    failure_rate: float | None = None
    """Share of attempts that fail at random; None to make such failures impossible."""

    critical_categories: tuple[Category, ...] = (Category.SYSTEM, Category.UNKNOWN)
    """Categories whose dead letters are alerted as critical: something broke, or the error is not understood
    yet. In the other categories, the submitter or the dependency has caused the failure."""
    masked_fields: tuple[Annotated[str, AfterValidator(_maskable)], ...] = USUAL
    """Fields whose values are masked in logs, alerts and reports, in any spelling of their names
    (`lambdas.domain.private_fields`). The record of a task keeps them."""

    authentication: Authentication = "api-key"
    """How clients of the API authenticate (`infra.api.authentication`)."""
    key_limits: KeyLimits = field(default_factory=lambda: KeyLimits(rate=100, burst=200, per_day=1_000_000))
    """The limits of each API key, if clients authenticate with keys."""
    cors_origins: tuple[str, ...]
    """The origins whose pages may call the API: exact ones, or `*` alone for any."""
    throttle_rate: Rate
    """Requests per second that the API accepts in the long run."""
    throttle_burst: PositiveInt
    """Requests that the API accepts at once."""

    dashboards: tuple[DashboardName, ...] = ("overview",)
    """The dashboards in CloudWatch, which cost money whether or not anybody looks at them:
    https://aws.amazon.com/cloudwatch/pricing/"""
    log_level: LogLevel
    log_retention_days: LogRetention

    thresholds: Thresholds = field(default_factory=Thresholds)
    """The thresholds of the alarms."""
    project: Project | None = None
    """The project whose kinds of work are added to the built-in ones."""

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        if broken := [*self._broken_rules()]:
            raise ValueError("; ".join(broken))
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_in_one_line(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(values)
        except ValidationError as error:
            raise InvalidStage(f"stage {values.kwargs['name']}: {problems(error)}") from error

    def _broken_rules(self) -> Iterator[str]:
        """Yield the rules between settings that are violated."""
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        if self.visibility_timeout_seconds < self.process_timeout_seconds:
            yield "visibility_timeout_seconds must be at least process_timeout_seconds"
        if self.dlq_visibility_timeout_seconds < self.monitor_timeout_seconds:
            yield "dlq_visibility_timeout_seconds must be at least monitor_timeout_seconds"
        # Time to start, and to finish the pass that is running when the loop ends.
        if self.release_timeout_seconds < self.release_loop_seconds + 5:
            yield "release_timeout_seconds must be at least release_loop_seconds + 5"
        # A move to a FIFO dead-letter queue restarts a message's retention, so it may live twice as long:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
        if self.task_retention_days < 2 * self.message_retention_days:
            yield "task_retention_days must be at least twice message_retention_days"
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
        if both := [name for name in self.snap_start if name in self.provisioned_concurrency]:
            yield f"snap_start and provisioned_concurrency exclude each other: {', '.join(both)}"
        for_trying = self.name in {"dev", "test"}
        if self.failure_rate is not None and not (for_trying and 0 <= self.failure_rate <= 1):
            yield "failure_rate is for dev and test only, and from 0 to 1"
        if self.cors_origins != ("*",) and not all(map(_is_exact_origin, self.cors_origins)):
            yield "cors_origins must be exact origins (https://a.example, lower case, no path), or '*' alone"
        if self.authentication == "none" and not for_trying:
            yield "authentication none is for dev and test only"

    @property
    def failure_rate_parameter(self) -> str | None:
        """The SSM parameter with the live failure rate; None where simulation is impossible."""
        return None if self.failure_rate is None else f"/faultline/{self.name}/failure-rate"


def _is_exact_origin(origin: str) -> bool:
    # https://www.rfc-editor.org/rfc/rfc6454#section-6.2
    return bool(re.fullmatch(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", origin))


STAGES = {
    settings.name: settings
    for settings in (
        StageSettings(
            name="dev",
            circuit_failure_threshold=3,
            circuit_recovery_seconds=5,
            process_concurrency=10,
            retain_data=False,
            point_in_time_recovery=False,
            customer_managed_key=False,
            failure_rate=0.3,
            release_until_idle=False,
            dashboards=DASHBOARDS,
            authentication="none",
            cors_origins=("*",),
            throttle_rate=100,
            throttle_burst=200,
            log_level="DEBUG",
            log_retention_days=7,
            # 30 % of the attempts fail on purpose.
            thresholds=Thresholds(failed_percent=60, task_age_seconds=300),
        ),
        StageSettings(
            name="test",
            process_timeout_seconds=6,
            monitor_timeout_seconds=6,
            visibility_timeout_seconds=8,
            dlq_visibility_timeout_seconds=8,
            circuit_failure_threshold=3,
            circuit_recovery_seconds=2,
            process_concurrency=10,
            retain_data=False,
            failure_rate=0,
            release_until_idle=False,
            dashboards=DASHBOARDS,
            key_limits=KeyLimits(rate=1000, burst=2000, per_day=10_000_000),
            cors_origins=("*",),
            throttle_rate=1000,
            throttle_burst=2000,
            log_level="INFO",
            log_retention_days=1,
            # Alarms fire, and end, as soon as possible.
            thresholds=Thresholds(
                window_seconds=60,
                dead_letter_surge=10,
                failed_percent=50,
                failed_of_attempts=10,
                task_age_seconds=20,
                in_flight=10,
                release_lag_seconds=20,
                round_trips=1,
                dead_letter_age_seconds=20,
                table_throttles=3,
                api_errors=3,
                silent_minutes=1,
            ),
        ),
        StageSettings(
            name="staging",
            process_concurrency=50,
            retain_data=True,
            cors_origins=(),
            throttle_rate=500,
            throttle_burst=1000,
            log_level="INFO",
            log_retention_days=30,
        ),
        StageSettings(
            name="prod",
            process_concurrency=200,
            provisioned_concurrency={"submit_task": 2, "process_task": 2},
            task_retention_days=90,
            retain_data=True,
            termination_protection=True,
            cors_origins=(),
            throttle_rate=1000,
            throttle_burst=2000,
            log_level="WARNING",
            log_retention_days=90,
        ),
    )
}
DEFAULT_STAGE: Final = "dev"


def stage(name: str) -> StageSettings:
    """Return the settings of a stage, with the changes of the current folder's project.

    Raises:
        UnknownStage: There is no stage of that name.
        InvalidProject: The project's `faultline.toml` is invalid.
    """
    try:
        settings = STAGES[name]
    except KeyError:
        raise UnknownStage(f"unknown stage {name!r}; stages are {', '.join(STAGES)}") from None
    project = find()
    return in_project(settings, project, STAGES) if project else settings
