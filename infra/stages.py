"""The settings of each stage, in one place.

Defaults are the architecture guide's: 180 s visibility, 14 days of retention, 3 receives, 512 MB,
30 s and 180 s timeouts. `test` shortens what a test has to wait for.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from infra.api.authentication import Authentication, KeyLimits
from infra.errors import InvalidStage, UnknownStage
from infra.thresholds import Thresholds
from lambdas.domain.errors import Category
from lambdas.domain.private_fields import USUAL, PrivateFields

Architecture = Literal["x86_64", "arm64"]
LogLevel = Literal["DEBUG", "INFO", "WARNING"]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_LOG_RETENTIONS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922}
    | {3288, 3653}
)


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """One stage. Times are in seconds or days, as the names say.

    Raises InvalidStage when two settings contradict each other or a limit of AWS.
    """

    name: str
    architecture: Architecture = "x86_64"
    memory_mb: int = 512
    api_timeout_seconds: int = 30
    process_timeout_seconds: int = 180
    monitor_timeout_seconds: int = 30
    release_timeout_seconds: int = 60
    release_loop_seconds: int = 50
    """How long a run of release_tasks keeps looking for tasks to release; a run begins each minute."""

    visibility_timeout_seconds: int = 180
    dlq_visibility_timeout_seconds: int = 180
    message_retention_days: int = 14
    max_receive_count: int = 3
    process_concurrency: int
    """Most invocations of process_task that the task queue may cause at once."""

    task_retention_days: int = 30
    """How long the record of an ended task is kept."""
    circuit_failure_threshold: int = 5
    """How many attempts in a row must fail for a circuit to open."""
    circuit_recovery_seconds: int = 30
    """How long an open circuit lets nothing through, before it tries one attempt."""

    retain_data: bool
    """Whether the table and the queues outlive the stack, and the table is protected from being deleted."""
    point_in_time_recovery: bool = True
    """Whether the table can be restored as it was at any second of the last 35 days."""
    customer_managed_key: bool = True
    """Whether tables, queues and logs are encrypted with a key of the stack's own; with AWS's own else."""
    termination_protection: bool = False
    """Whether CloudFormation refuses to delete the stack."""

    failure_rate: float | None = None
    """The share of attempts that fail at random; None where that must be impossible."""

    critical_categories: tuple[Category, ...] = (Category.SYSTEM, Category.UNKNOWN)
    """Dead letters of these are alerted as critical: something broke, or nobody understands it yet. Of the
    others whoever submitted the task, or the other side, knows the reason."""
    masked_fields: tuple[str, ...] = USUAL
    """Fields whose values are never logged, alerted or reported, however their names are spelled
    (`lambdas.domain.private_fields`). In the record of a task they stay."""

    authentication: Authentication = "api-key"
    """How clients of the API show who they are; `infra.api.authentication`."""
    key_limits: KeyLimits = field(default_factory=lambda: KeyLimits(rate=100, burst=200, per_day=1_000_000))
    """What each API key may ask for, where clients have keys."""
    cors_origins: tuple[str, ...]
    """The origins whose pages may call the API: exact ones, or `*` alone for any."""
    throttle_rate: float
    """Requests per second that the API accepts in the long run."""
    throttle_burst: int
    """Requests that it accepts at once."""

    log_level: LogLevel
    log_retention_days: int

    thresholds: Thresholds = field(default_factory=Thresholds)
    """When the alarms fire."""

    def __post_init__(self) -> None:
        broken = [rule for rule, holds in self._rules().items() if not holds]
        if broken:
            raise InvalidStage(f"stage {self.name}: {'; '.join(broken)}")

    def _rules(self) -> dict[str, bool]:
        """Each rule in words, and whether it holds."""
        return {
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            "visibility_timeout_seconds must be at least process_timeout_seconds": (
                self.visibility_timeout_seconds >= self.process_timeout_seconds
            ),
            "dlq_visibility_timeout_seconds must be at least monitor_timeout_seconds": (
                self.dlq_visibility_timeout_seconds >= self.monitor_timeout_seconds
            ),
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
            "visibility timeouts must be at most 12 hours": (
                max(self.visibility_timeout_seconds, self.dlq_visibility_timeout_seconds) <= 43_200
            ),
            "message_retention_days must be from 1 to 14": 1 <= self.message_retention_days <= 14,
            "max_receive_count must be from 1 to 1000": 1 <= self.max_receive_count <= 1000,
            # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
            "function timeouts must be from 1 to 900 seconds": all(
                1 <= seconds <= 900
                for seconds in (
                    self.api_timeout_seconds,
                    self.process_timeout_seconds,
                    self.monitor_timeout_seconds,
                    self.release_timeout_seconds,
                )
            ),
            # A rule's schedule is no finer than a minute, and comes some seconds late:
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
            "release_loop_seconds must be from 0 to 55": 0 <= self.release_loop_seconds <= 55,
            # For the start, and for what it has begun when the loop's time is over.
            "release_timeout_seconds must be at least release_loop_seconds + 5": (
                self.release_timeout_seconds >= self.release_loop_seconds + 5
            ),
            # Powertools refuses what is no positive whole number (CircuitBreakerConfig):
            # https://docs.aws.amazon.com/powertools/python/latest/utilities/circuit_breaker/
            "circuit_failure_threshold and circuit_recovery_seconds must be at least 1": (
                min(self.circuit_failure_threshold, self.circuit_recovery_seconds) >= 1
            ),
            "memory_mb must be from 128 to 10240": 128 <= self.memory_mb <= 10_240,
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
            "process_concurrency must be from 2 to 1000": 2 <= self.process_concurrency <= 1000,
            # A move to a FIFO DLQ starts a message's retention anew, so it may live twice as long:
            # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
            "task_retention_days must be at least twice message_retention_days": (
                self.task_retention_days >= 2 * self.message_retention_days
            ),
            "failure_rate is for dev and test only, and from 0 to 1": (
                self.failure_rate is None or (self.name in {"dev", "test"} and 0 <= self.failure_rate <= 1)
            ),
            "cors_origins must be exact origins, or '*' alone": (
                self.cors_origins == ("*",)
                or all(
                    origin.startswith(("https://", "http://")) and "*" not in origin
                    for origin in self.cors_origins
                )
            ),
            "authentication none is for dev and test only": (
                self.authentication != "none" or self.name in {"dev", "test"}
            ),
            "key_limits must be positive": (
                min(self.key_limits.rate, self.key_limits.burst, self.key_limits.per_day) > 0
            ),
            "throttle_rate and throttle_burst must be positive": (
                self.throttle_rate > 0 and self.throttle_burst > 0
            ),
            # They are handed over in one variable, separated by commas.
            "masked_fields must be names without commas": all(
                PrivateFields.of([name]).names and "," not in name for name in self.masked_fields
            ),
            "log_retention_days must be one that CloudWatch Logs knows": (
                self.log_retention_days in _LOG_RETENTIONS
            ),
            **self.thresholds.rules(),
        }

    @property
    def stack_name(self) -> str:
        """`faultline-<stage>`; the name of everything in the stage begins with it."""
        return f"faultline-{self.name}"

    @property
    def failure_rate_parameter(self) -> str | None:
        """The SSM parameter that an operator turns; None where simulation is impossible."""
        return None if self.failure_rate is None else f"/faultline/{self.name}/failure-rate"

    @property
    def log_group_name(self) -> str:
        """`/aws/lambda/faultline-<stage>`: that of all functions."""
        return f"/aws/lambda/{self.stack_name}"

    @property
    def access_log_group_name(self) -> str:
        """`/aws/apigateway/faultline-<stage>`."""
        return f"/aws/apigateway/{self.stack_name}"

    @property
    def circuit_table_name(self) -> str:
        """`faultline-<stage>-circuits`."""
        return f"{self.stack_name}-circuits"

    def dashboard_name(self, dashboard: str) -> str:
        """`overview` -> `faultline-dev-overview`."""
        return f"{self.stack_name}-{dashboard}"

    def function_name(self, function: str) -> str:
        """`submit_task` -> `faultline-dev-submit-task`."""
        return f"{self.stack_name}-{function.replace('_', '-')}"


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
            authentication="none",
            cors_origins=("*",),
            throttle_rate=100,
            throttle_burst=200,
            log_level="DEBUG",
            log_retention_days=7,
            # Three of ten attempts fail on purpose.
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
            key_limits=KeyLimits(rate=1000, burst=2000, per_day=10_000_000),
            cors_origins=("*",),
            throttle_rate=1000,
            throttle_burst=2000,
            log_level="INFO",
            log_retention_days=1,
            # An alarm fires, and is over, in as few minutes as there can be.
            thresholds=Thresholds(
                window_seconds=60,
                dead_letter_surge=10,
                failed_percent=50,
                failed_of_attempts=10,
                task_age_seconds=20,
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
    """The settings of a stage by its name. Raises UnknownStage."""
    try:
        return STAGES[name]
    except KeyError:
        raise UnknownStage(f"unknown stage {name!r}; stages are {', '.join(STAGES)}") from None
