"""Observers of execution environments, used for the delivery of logs and traces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult

from sandbox.services.lambda_.executor.log import LogEvent


class Environment(Protocol):
    """An execution environment, LocalStack's or the executor's."""

    id: str
    function_version: FunctionVersion


def _ignore(*_: object) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Callbacks for the events of each execution environment, called in its thread. They must not raise.

    Attributes:
        on_start: Called before the first process starts. It may add environment variables.
        on_invoke: Called with the result when the function has responded to an invocation.
        on_end: Called when the last process has ended, possibly more than once.
        deliver_log: Called with log events while an invocation is running. None if the observer delivers
            none.
    """

    on_start: Callable[[Environment, dict[str, str]], None] = _ignore
    on_invoke: Callable[[Environment, InvocationResult], None] = _ignore
    on_end: Callable[[Environment], None] = _ignore
    deliver_log: Callable[[Environment, Sequence[LogEvent]], None] | None = None


OBSERVERS: list[Observer] = []
"""The observers of all execution environments, in the order in which they are called."""
