"""Alarm thresholds that differ between stages.

Thresholds that are the same in all stages are in `infra.alarms`, such as that of a single dead letter.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, PositiveInt


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Thresholds at which a stage's alarms fire. The defaults suit alarms that page people at night.

    StageSettings checks the limits. The limits of periods are CloudWatch's: a metric has a value per minute,
    and an alarm looks back a day at most.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """

    window_seconds: Annotated[int, Field(ge=60, le=86_400, multiple_of=60)] = 300
    """The period over which rates and surges are measured."""
    dead_letter_surge: PositiveInt = 20
    """Number of dead letters within the window that are too many to examine one by one."""
    failed_percent: Annotated[int, Field(ge=1, le=100)] = 20
    """The percentage of failed attempts within the window that is too high."""
    failed_of_attempts: PositiveInt = 20
    """Number of attempts within the window below which the share of failed ones is ignored."""
    task_age_seconds: PositiveInt = 900
    """How old the oldest message of the task queue may be. Retries count towards its age."""
    in_flight: PositiveInt = 96_000
    """Messages of the task queue that may be in flight: four fifths of the limit of a FIFO queue."""
    release_lag_seconds: PositiveInt = 300
    """How late release_tasks may be with tasks that are due."""
    round_trips: PositiveInt = 100
    """How often a task may be released before it ends."""
    memory_percent: Annotated[int, Field(ge=1, le=100)] = 90
    """Percentage of its memory that a function may use; a function that exceeds its memory is killed."""
    dead_letter_age_seconds: PositiveInt = 600
    """How old the oldest message of the dead-letter queue may be; usually, messages stay for seconds."""
    table_throttles: PositiveInt = 10
    """Throttled reads and writes of a table within the window; callers retry them."""
    api_errors: PositiveInt = 5
    """Requests within the window that the API answers with a 5xx."""
    silent_minutes: Annotated[int, Field(ge=1, le=1440)] = 3
    """Minutes without a run of release_tasks, which starts each minute."""
