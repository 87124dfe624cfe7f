"""One process of a function, from its start to its end."""

import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.services.lambda_.executor.guardian import guardian
from sandbox.services.lambda_.executor.kernel import Kernel, kernel
from sandbox.services.lambda_.executor.launch import Launch, launcher
from sandbox.services.lambda_.executor.output import Output
from sandbox.services.lambda_.executor.runtime_api import Event, Exited, Ready, RuntimeApi

SAMPLE_SECONDS = 0.05
QUIET_SAMPLE_SECONDS = 0.1
"""Interval of memory checks while the memory does not change; otherwise, SAMPLE_SECONDS applies."""


@dataclass(frozen=True)
class TimedOut:
    """The process exceeded its time and was killed."""


@dataclass(frozen=True)
class OutOfMemory:
    """The process exceeded the function's memory and was killed."""


class FunctionProcess:
    """A process of `awslambdaric` with its own session and process group.

    `environment` is the process's whole environment, except for the addresses that are added here.
    `memory_bytes` is enforced during `next_event`, that is, while the process works.
    """

    def __init__(
        self,
        *,
        artifact_root: Path,
        task_root: Path,
        handler: str,
        environment: Mapping[str, str],
        memory_bytes: int,
    ) -> None:
        self.events = queue.SimpleQueue[Event]()
        self.api = RuntimeApi(self.events)
        self.output = Output()
        self.peak_memory = 0
        self._was_ready = False
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._ended = False
        addresses = {
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_LAMBDA_TELEMETRY_LOG_FD": str(self.output.write_fd),
        }
        self._child = launcher().start(
            Launch(
                artifact_root=artifact_root,
                task_root=task_root,
                handler=handler,
                environment={**environment, **addresses},
                output_fd=self.output.write_fd,
            )
        )
        self.pid = self._child.pid
        self.born = self._child.born
        guardian().watch(self.pid)
        self._kernel = self._watched()
        self.output.start()
        self._waiter = threading.Thread(target=self._wait, name="function-waiter", daemon=True)
        self._waiter.start()

    def _watched(self) -> Kernel:
        try:
            return kernel(self.pid)
        except OSError:  # too many files are open
            self._kill_group()
            guardian().forget(self.pid)
            self._child.wait()
            self._child.reap()
            raise

    @property
    def alive(self) -> bool:
        """Whether the kernel reports the process as running and not about to end."""
        running = self._child.is_running()
        if running and self._kernel.is_dying():
            self.end()
            return False
        return running

    def next_event(
        self, until: float, meanwhile: Callable[[], None] = lambda: None
    ) -> Event | TimedOut | OutOfMemory:
        """Wait for the next event, at most until a time on the monotonic clock.

        Calls `meanwhile` several times a second while waiting. Kills the process if the time is up or its
        memory exceeds the limit. Once the process has ended for any reason, its output is complete.
        """
        resident, pause = 0, SAMPLE_SECONDS
        while True:
            try:
                remaining = until - time.monotonic()
                event = self.events.get(timeout=min(max(remaining, 0), pause))
            except queue.Empty:
                before, resident = resident, self._kernel.resident_bytes()
                pause = QUIET_SAMPLE_SECONDS if resident == before else SAMPLE_SECONDS
                if self._over_memory(resident):
                    return OutOfMemory()
                if time.monotonic() >= until:
                    self.end()
                    return TimedOut()
                meanwhile()
            else:
                if self._follows_work(event) and self._over_memory(self._kernel.peak_bytes()):
                    return OutOfMemory()
                return event

    def _follows_work(self, event: Event) -> bool:
        """Return whether the function has just worked, and may have had a memory peak between two samples.

        The runtime's request for the next invocation after a response follows no work.
        """
        was_ready, self._was_ready = self._was_ready, self._was_ready or isinstance(event, Ready)
        return not isinstance(event, Exited) and not (was_ready and isinstance(event, Ready))

    def end(self) -> None:
        """Kill the process and its children at once, and wait until it has ended. Idempotent.

        On AWS, too, a function without extensions gets 0 ms to shut down:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        with self._lock:
            if not self._ended:
                self._kill_group()
        self._waiter.join()

    def _over_memory(self, resident: int) -> bool:
        self.peak_memory = min(max(self.peak_memory, resident), self._memory_bytes)
        if resident <= self._memory_bytes:
            return False
        self.end()
        return True

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _wait(self) -> None:
        # Until the process is reaped, its number is unique, so the killed group is ours.
        self._child.wait()
        with self._lock:
            self._ended = True
            self._kill_group()
            guardian().forget(self.pid)
            status = self._child.reap()
        self._kernel.close()
        self.api.close()
        self.events.put(Exited(status))
