"""When a stage's alarms fire: what differs between stages.

What does not is in `infra.alarms`: any dead letter is one too many everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Defaults are for where people are called at night."""

    window_seconds: int = 300
    """The time that rates and surges are looked at over."""
    dead_letter_surge: int = 20
    """Dead letters within the window that are too many to look at one by one."""
    failed_percent: int = 20
    """The share of attempts within the window that may fail."""
    failed_of_attempts: int = 20
    """Attempts within the window without which that share says nothing."""
    task_age_seconds: int = 900
    """How old the oldest message of the task queue may be. Its retries are part of its age."""
    dead_letter_age_seconds: int = 600
    """How old the oldest message of the dead-letter queue may be, which its monitor empties at once."""
    table_throttles: int = 10
    """Throttled reads and writes of a table within the window; callers repeat them."""
    api_errors: int = 5
    """Requests within the window that the API answers with a 5xx."""
    silent_minutes: int = 3
    """Minutes without a run of release_tasks, which begins each minute."""

    def rules(self) -> Mapping[str, bool]:
        """Each rule in words, and whether it holds.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        """
        return {
            # The metrics have a value a minute; an alarm may not look back longer than a day.
            "thresholds.window_seconds must be a multiple of 60, and at most a day": (
                self.window_seconds > 0 and self.window_seconds % 60 == 0 and self.window_seconds <= 86_400
            ),
            "thresholds.silent_minutes must be from 1 to 1440": 1 <= self.silent_minutes <= 1440,
            "thresholds.failed_percent must be from 1 to 100": 1 <= self.failed_percent <= 100,
            "thresholds must be positive": all(value > 0 for value in vars(self).values()),
        }
