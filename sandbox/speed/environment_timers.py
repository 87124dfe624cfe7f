"""A single timer for the idle time of an execution environment.

LocalStack starts a timer, which is a thread, at the end of each invocation, and cancels it at the next. Here
an environment has one timer, which checks when it fires whether there was an invocation in the meantime.
"""

from datetime import datetime
from threading import Timer

from localstack import config
from localstack.services.lambda_.invocation import assignment
from localstack.services.lambda_.invocation.execution_environment import (
    ExecutionEnvironment,
    InvalidStatusException,
    RuntimeStatus,
)
from localstack.services.lambda_.invocation.lambda_models import InitializationType
from localstack.utils.patch import Patch


def install() -> None:
    """Make LocalStack's Lambda create environments with a single timer."""
    Patch(assignment, "ExecutionEnvironment", KeptEnvironment).apply()


class KeptEnvironment(ExecutionEnvironment):
    """An execution environment that stops after LAMBDA_KEEPALIVE_MS of idle time."""

    _is_watched = False
    """Whether a timer is running. Guarded by `status_lock`."""

    def release(self) -> None:
        """Make the environment available for the next invocation.

        Raises:
            InvalidStatusException: There is no invocation.
        """
        self.last_returned = datetime.now()  # noqa: DTZ005 # as LocalStack's is
        with self.status_lock:
            self._become(RuntimeStatus.READY, RuntimeStatus.INVOKING)
            if self.initialization_type == InitializationType.on_demand and not self._is_watched:
                self._watch(config.LAMBDA_KEEPALIVE_MS / 1000)

    def reserve(self) -> None:
        """Reserve the environment for an invocation.

        Raises:
            InvalidStatusException: The environment is not free.
        """
        with self.status_lock:
            self._become(RuntimeStatus.INVOKING, RuntimeStatus.READY)

    def keepalive_passed(self) -> None:
        """Stop the environment if it was idle for the whole time; otherwise check again later."""
        with self.status_lock:
            self._is_watched = False
            idle = (datetime.now() - self.last_returned).total_seconds()  # noqa: DTZ005
            remaining = config.LAMBDA_KEEPALIVE_MS / 1000 - idle
            if self.status == RuntimeStatus.READY and remaining > 0:
                self._watch(remaining)
                return
        super().keepalive_passed()  # an environment with an invocation starts a timer in `release`

    def _become(self, status: RuntimeStatus, from_status: RuntimeStatus) -> None:
        if self.status != from_status:
            raise InvalidStatusException(f"Execution environment {self.id} is {self.status}")
        self.status = status

    def _watch(self, seconds: float) -> None:
        self._is_watched = True
        self.keepalive_timer = Timer(seconds, self.keepalive_passed)
        self.keepalive_timer.daemon = True
        self.keepalive_timer.start()
