"""Typed settings, read from the functions' environment variables.

`infra` takes the names of the variables to set from the same classes.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lambdas.domain.errors import Category

EXPERIMENTAL_STAGES = frozenset({"dev", "test"})
"""Stages in which clients may simulate failures."""

_ENDPOINT = "AWS_ENDPOINT_URL"


class InvalidSettings(RuntimeError):
    """An environment variable is missing, or its value is invalid."""


class Settings(BaseModel):
    """Settings of every function; each field is read from the variable with the same name in capitals."""

    model_config = ConfigDict(frozen=True)

    stage: str
    region: str
    task_queue_url: str
    task_dlq_url: str
    task_table_name: str
    task_bucket_name: str

    @property
    def experimental(self) -> bool:
        """Whether failures may be simulated in this stage."""
        return self.stage in EXPERIMENTAL_STAGES

    def reaches_private_addresses(self, environment: Mapping[str, str] = os.environ) -> bool:
        """Return whether work may connect to private addresses: only in dev and test in an emulator.

        An emulator is recognised by the endpoint of its services, which it sets in the environment
        (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
        """
        return self.experimental and bool(environment.get(_ENDPOINT))

    @property
    def retention(self) -> timedelta:
        """Time that the record of an ended task is kept; zero for functions that end no tasks."""
        return timedelta(0)

    @classmethod
    def variables(cls) -> list[str]:
        """Return the names of the environment variables from which the settings are read."""
        return [name.upper() for name in cls.model_fields]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings from an environment.

        Raises:
            InvalidSettings: Variables are missing or invalid; the message names them.
        """
        missing = [name for name in cls.variables() if name not in environment]
        if missing:
            raise InvalidSettings(f"missing environment variables: {', '.join(missing)}")
        try:
            return cls.model_validate({name: environment[name.upper()] for name in cls.model_fields})
        except ValidationError as error:
            wrong = [f"{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors()]
            raise InvalidSettings(f"invalid environment variables: {'; '.join(wrong)}") from error


class RetentionSettings(Settings):
    """Settings of functions that write or end tasks."""

    task_retention_days: Annotated[int, Field(ge=0)]

    @property
    def retention(self) -> timedelta:
        """Time that the record of an ended task is kept."""
        return timedelta(days=self.task_retention_days)


class SubmitSettings(RetentionSettings):
    """Settings of submit_task."""


class ManageSettings(RetentionSettings):
    """Settings of manage_tasks."""

    circuit_table_name: str


class ReleaseSettings(RetentionSettings):
    """Settings of release_tasks."""

    circuit_table_name: str
    circuit_recovery_seconds: Annotated[int, Field(ge=0)]


class ProcessSettings(ReleaseSettings):
    """Settings of process_task.

    Attributes:
        failure_rate_parameter: Name of the SSM parameter with the rate of simulated failures; empty in stages
            that do not simulate failures.
        callback_secret_parameter: Name of the SSM parameter with the secret for signing callbacks.
        max_receive_count: Number of receives after which SQS moves a message to the dead-letter queue.
    """

    failure_rate_parameter: str
    callback_secret_parameter: str
    circuit_failure_threshold: Annotated[int, Field(ge=1)]
    max_receive_count: Annotated[int, Field(ge=1)]


def _split(text: object) -> object:
    return [name for name in text.split(",") if name] if isinstance(text, str) else text


class MonitorSettings(RetentionSettings):
    """Settings of monitor_dlq.

    Attributes:
        critical_categories: Categories that need immediate attention; separated by commas in the variable.
    """

    alert_topic_arn: str
    critical_categories: Annotated[frozenset[Category], BeforeValidator(_split)]
