"""Metrics of cold starts and memory use, measured within the execution environment.

Lambda itself publishes no such metrics. Its REPORT lines have both, but do not name the function, and the
functions share a log group. Lambda Insights would publish them, through an extension that costs time and
money: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-insights.html
"""

import os
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.telemetry.metrics import FUNCTION, Metric, count

# Peak memory rarely changes. It is published when it has risen by this percentage of the function's memory,
# and at least at this interval: half of the alarm's usual period (`window_seconds`), so that each period has
# a value while the function is invoked, and the alarm function-memory does not end between two values.
RISE_PERCENT = 1.0
EVERY_SECONDS = 150.0
MEGABYTE = 1024 * 1024

_imported_at = time.monotonic()

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class ExecutionEnvironment:
    """Publishes the cold start and the memory use of an execution environment.

    Args:
        function: Short name of the function.
        cold: Whether the first invocation waits for the environment to start; False with provisioned
            concurrency and after restoring a snapshot:
            https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        memory_bytes: Memory that the function may use.
        age_seconds: Function that returns the seconds since the process started.
        peak_bytes: Function that returns the peak memory use of the process.
        now: Function that returns the current time in seconds, by the wall clock: a monotonic one may stand
            still while Lambda has frozen the environment between two invocations:
            https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    def __init__(
        self,
        function: str,
        *,
        cold: bool,
        memory_bytes: int,
        age_seconds: Callable[[], float],
        peak_bytes: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self._function = function
        self._cold = cold
        self._memory_bytes = memory_bytes
        self._age_seconds = age_seconds
        self._peak_bytes = peak_bytes
        self._now = now
        self._percent = 0.0
        self._counted_at: float | None = None

    def invocation_begins(self) -> None:
        """Publish the duration of the cold start if this is the first invocation."""
        if self._cold:
            self._cold = False
            count({Metric.COLD_START_TIME: self._age_seconds() * 1000}, **{FUNCTION: self._function})

    def invocation_ends(self) -> None:
        """Publish the memory use if it has risen, or has not been published for a while.

        Invocations that found nothing to do should not call this, since a metric is billed for each hour in
        which it is published: https://aws.amazon.com/cloudwatch/pricing/
        """
        percent, now = 100 * self._peak_bytes() / self._memory_bytes, self._now()
        is_due = self._counted_at is None or not 0 <= now - self._counted_at < EVERY_SECONDS
        if is_due or percent >= self._percent + RISE_PERCENT:
            self._percent, self._counted_at = percent, now
            count({Metric.MEMORY_USED: percent}, **{FUNCTION: self._function})


def measured(handler: Handler, *, idle: dict[str, Any] | None = None) -> Handler:
    """Decorate a handler to publish the cold starts and memory use of its execution environments.

    Args:
        handler: The handler to decorate.
        idle: Result of the handler if there was nothing to do; the memory use is then not published.
    """

    @wraps(handler)
    def measuring(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        environment().invocation_begins()
        result: dict[str, Any] | None = None
        try:
            result = handler(event, context)
            return result
        finally:
            if result is None or result != idle:
                environment().invocation_ends()

    return measuring


@cache
def environment() -> ExecutionEnvironment:
    """Return the execution environment of this process."""
    return ExecutionEnvironment(
        os.environ.get("POWERTOOLS_SERVICE_NAME", "local"),
        cold=os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "on-demand",
        memory_bytes=int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")) * MEGABYTE,
        age_seconds=age_seconds,
        peak_bytes=peak_bytes,
        now=time.time,
    )


def age_seconds() -> float:
    """Return the seconds since this process started.

    The start time is field 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, in ticks since
    boot. On other systems, the result is the time since this module was imported.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[22 - 3])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, AttributeError, ValueError, IndexError):
        return time.monotonic() - _imported_at


def peak_bytes() -> int:
    """Return the peak memory use of this process in bytes; 0 if the kernel does not provide it.

    The value is VmHWM in https://man7.org/linux/man-pages/man5/proc_pid_status.5.html. That from getrusage
    may include the memory of the parent process.
    """
    try:
        with open("/proc/self/status", "rb") as file:
            return int(file.read().partition(b"VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, ValueError, IndexError):
        return 0
