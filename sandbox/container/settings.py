"""The settings of a container from its environment: STAGE, FAILURE_RATE, LOG_LEVEL, FAULTLINE_PORT.

An empty variable counts as not set, since Compose passes a variable without a value as an empty one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self, cast, get_args

from infra.errors import InvalidProject, InvalidStage
from infra.stages import DEFAULT_STAGE, LogLevel, StageSettings, stage
from sandbox.process.lifecycle import DEFAULT_PORT


class InvalidSetting(Exception):
    """A variable has an invalid value. The message is one line that names the variable or the stage."""


@dataclass(frozen=True, kw_only=True)
class ContainerSettings:
    """The settings of a sandbox in a container.

    Attributes:
        stage: The stage to deploy, with the changes from the environment.
        failure_rate: The failure rate to set after the deployment; None for the stage's own.
        port: The port on the host's 127.0.0.1 that is forwarded to the container.
    """

    stage: StageSettings
    failure_rate: float | None = None
    port: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            InvalidSetting: A value is invalid.
        """
        rate: float | None = None
        try:
            settings = stage(environment.get("STAGE") or DEFAULT_STAGE)
            if text := environment.get("FAILURE_RATE"):
                rate = replace(settings, failure_rate=_number("FAILURE_RATE", text)).failure_rate
        except (InvalidProject, InvalidStage) as error:
            raise InvalidSetting(str(error)) from error
        if level := environment.get("LOG_LEVEL"):
            if level not in get_args(LogLevel):
                raise InvalidSetting(f"LOG_LEVEL is {level!r}; it can be {', '.join(get_args(LogLevel))}")
            settings = replace(settings, log_level=cast(LogLevel, level))
        port = _number("FAULTLINE_PORT", environment.get("FAULTLINE_PORT") or str(DEFAULT_PORT))
        if not (port.is_integer() and 1 <= port <= 65_535):
            raise InvalidSetting(f"FAULTLINE_PORT is {port:g}; it can be from 1 to 65535")
        return cls(stage=settings, failure_rate=rate, port=int(port))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidSetting(f"{name} is {text!r}, which is not a number") from None
