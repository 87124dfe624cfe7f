"""The environment of the functions, read once, typed, each function asking for what it uses.

`infra` sets these variables, from the same classes.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

# Only where failures are made on purpose may a client ask for one, or work reach private addresses.
EXPERIMENTAL_STAGES = frozenset({"dev", "test"})


class MissingSetting(RuntimeError):
    """The function's environment lacks a variable, or has one that cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """STAGE, REGION, TASK_QUEUE_URL, TASK_DLQ_URL, TASK_TABLE_NAME: what every function is given."""

    stage: str
    region: str
    task_queue_url: str
    task_dlq_url: str
    task_table_name: str

    @property
    def experimental(self) -> bool:
        """Whether this is a stage for experiments: simulated failures, private addresses."""
        return self.stage in EXPERIMENTAL_STAGES

    @classmethod
    def variables(cls) -> list[str]:
        """The names of the environment's variables: the fields in capitals."""
        return [field.name.upper() for field in fields(cls)]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            MissingSetting: a variable is not set.
        """
        missing = [name for name in cls.variables() if name not in environment]
        if missing:
            raise MissingSetting(f"not set in the function's environment: {', '.join(missing)}")
        return cls(**{field.name: environment[field.name.upper()] for field in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class ProcessSettings(Settings):
    """FAILURE_RATE_PARAMETER is the name of an SSM parameter; empty where failures are not simulated."""

    failure_rate_parameter: str
    task_retention_days: str
    circuit_table_name: str
    circuit_failure_threshold: str
    circuit_recovery_seconds: str
    max_receive_count: str


@dataclass(frozen=True, kw_only=True)
class MonitorSettings(Settings):
    """CRITICAL_CATEGORIES is a list of categories, separated by commas; none when it is empty."""

    alert_topic_arn: str
    critical_categories: str
    task_retention_days: str


@dataclass(frozen=True, kw_only=True)
class ReleaseSettings(Settings):
    circuit_table_name: str
    circuit_recovery_seconds: str
    task_retention_days: str


@dataclass(frozen=True, kw_only=True)
class ManageSettings(Settings):
    task_retention_days: str
