"""The phases of an execution environment: init, invoke, and init again after a failure.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.services.lambda_.executor import report
from sandbox.services.lambda_.executor.log import Log, LogEvent
from sandbox.services.lambda_.executor.process import FunctionProcess, OutOfMemory, TimedOut
from sandbox.services.lambda_.executor.report import Failure
from sandbox.services.lambda_.executor.runtime_api import Answer, Exited, InitError, Invocation, Ready

INIT_SECONDS = 10.0  # "The Init phase is limited to 10 seconds", the page above
SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    """An invocation's response and log."""

    payload: bytes
    is_error: bool
    log: Log


@dataclass(kw_only=True)
class Lifecycle:
    """The successive processes of one environment. `timeout` is in seconds.

    The first init has 10 s from the start of the environment. If it fails, or the last process has ended for
    any reason, the next invocation initializes a new process within the invocation's timeout ("suppressed
    init"). It also does so if the code has changed (`sandbox.services.lambda_.executor.reload`).
    `deliver_log` is passed to each invocation's `Log`.
    """

    spawn: Callable[[], FunctionProcess]
    version: str
    timeout: float
    memory_bytes: int
    code_version: Callable[[], object] = lambda: None
    deliver_log: Callable[[Sequence[LogEvent]], None] | None = None
    _process: FunctionProcess = field(init=False)
    _runs_version: object = field(init=False)
    _new: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        # Before the process starts, so that changes during its start are not missed.
        self._runs_version = self.code_version()
        self._process = self.spawn()

    def end(self) -> None:
        """Kill the process, including a running invocation. Idempotent."""
        self._process.end()

    def invoke(self, *, request_id: str, function_arn: str, trace_id: str, event: bytes) -> Outcome:
        """Run one invocation until it responds or reaches the function's timeout.

        A cold start may add up to 10 s for the first init.
        """
        log = Log(self.deliver_log)
        init_seconds = self._first_init(request_id, log) if self._new else None
        self._new = False
        started = time.monotonic()
        until = started + self.timeout
        failed = self._suppressed_init(request_id, until, log)
        log.write(report.start(request_id, self.version))
        result = failed or self._result(
            Invocation(
                request_id=request_id,
                function_arn=function_arn,
                trace_id=trace_id,
                event=event,
                deadline_ms=int((time.time() + until - time.monotonic()) * 1000),
            ),
            until,
            log,
        )
        seconds = time.monotonic() - started
        log.add(self._process.output.take())
        failure = result if isinstance(result, Failure) else None
        if failure and failure.line:
            log.write(failure.line)
        log.write(report.end(request_id))
        log.write(
            report.report(
                request_id=request_id,
                seconds=seconds,
                init_seconds=init_seconds,
                memory_bytes=self.memory_bytes,
                peak_bytes=self._process.peak_memory,
                failure=failure,
            )
        )
        if isinstance(result, Failure):
            return Outcome(result.payload, True, log)
        return Outcome(result.payload, result.error_type is not None, log)

    def _first_init(self, request_id: str, log: Log) -> float | None:
        """Wait for the environment's first init, and return its seconds, or None if it failed."""
        return self._init(request_id, self._process.born + INIT_SECONDS, "init", log)[0]

    def _suppressed_init(self, request_id: str, until: float, log: Log) -> Failure | None:
        """Replace the process if it has ended or its code has changed; return the init's failure or None.

        AWS reports such an init only if it fails.
        """
        if self._process.alive:
            if self._runs_version == self.code_version():
                return None
            self._process.end()
        log.add(self._process.output.take())
        self._begin()
        return self._init(request_id, until, "invoke", log)[1]

    def _init(
        self, request_id: str, until: float, phase: str, log: Log
    ) -> tuple[float | None, Failure | None]:
        process = self._process
        event = process.next_event(until)
        if isinstance(event, Ready):
            return event.at - process.born, None
        assert not isinstance(event, Answer)  # no invocation was sent
        failure = self._failure(request_id, event)
        seconds = time.monotonic() - process.born
        log.add(process.output.take())
        log.write(report.init_report(seconds=seconds, phase=phase, failure=failure))
        return None, failure

    def _result(self, invocation: Invocation, until: float, log: Log) -> Answer | Failure:
        self._process.api.send(invocation)

        def follow_log() -> None:
            log.follow(self._process.output.take_finished)

        while not isinstance(event := self._process.next_event(until, follow_log), Answer):
            if isinstance(event, Ready):
                continue  # the runtime has finished its last invocation
            if not isinstance(event, Exited) or self._process.api.taken:
                return self._failure(invocation.request_id, event)
            # It was killed while idle, so recently that it still seemed alive.
            if failed := self._suppressed_init(invocation.request_id, until, log):
                return failed
            self._process.api.send(invocation)
        if event.too_large:
            # The runtime fails after the refusal, and its log of the failure belongs to this invocation.
            self._process.next_event(time.monotonic() + SETTLE_SECONDS)
            return report.too_large()
        return event

    def _failure(self, request_id: str, event: InitError | Exited | TimedOut | OutOfMemory) -> Failure:
        self._process.end()
        match event:
            case InitError(payload, error_type):
                return Failure(payload=payload, error_type=error_type)
            case Exited(status):
                return report.exited(request_id, status)
            case TimedOut():
                return report.timed_out(request_id, self.timeout, datetime.now(UTC))
            case OutOfMemory():
                return report.exited(request_id, -signal.SIGKILL, out_of_memory=True)
