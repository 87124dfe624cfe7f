"""When a stage's alarms fire: the thresholds that differ between stages.

Those that are the same everywhere are in `infra.alarms`; a single dead letter, for example, always alerts.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, PositiveInt


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Thresholds of alarms. The defaults suit a stage whose alarms call people at night.

    StageSettings checks the limits. Those of periods are CloudWatch's: a metric has a value each minute, and
    an alarm looks back a day at most.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """

    window_seconds: Annotated[int, Field(ge=60, le=86_400, multiple_of=60)] = 300
    """The period that rates and surges are measured over."""
    dead_letter_surge: PositiveInt = 20
    """Dead letters within the window that are too many to look at one by one."""
    failed_percent: Annotated[int, Field(ge=1, le=100)] = 20
    """The share of attempts within the window that may fail."""
    failed_of_attempts: PositiveInt = 20
    """The number of attempts within the window below which that share means nothing."""
    task_age_seconds: PositiveInt = 900
    """How old the oldest message of the task queue may be. Retries count towards its age."""
    in_flight: PositiveInt = 96_000
    """Messages of the task queue that may be in flight: four fifths of what a FIFO queue can have at once."""
    round_trips: PositiveInt = 100
    """How often a task may be released without coming to an end."""
    memory_percent: Annotated[int, Field(ge=1, le=100)] = 90
    """The share of its memory that a function may use; one that needs more than all is killed."""
    dead_letter_age_seconds: PositiveInt = 600
    """How old the oldest message of the dead-letter queue may be, which its monitor empties at once."""
    table_throttles: PositiveInt = 10
    """Throttled reads and writes of a table within the window; callers repeat them."""
    api_errors: PositiveInt = 5
    """Requests within the window that the API answers with a 5xx."""
    silent_minutes: Annotated[int, Field(ge=1, le=1440)] = 3
    """Minutes without a run of release_tasks, which starts each minute."""
