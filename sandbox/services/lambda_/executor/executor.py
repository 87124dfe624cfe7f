"""The executor that runs functions as processes instead of LocalStack's containers."""

import shutil
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from localstack.runtime import events
from localstack.services.lambda_.invocation.lambda_models import (
    FunctionVersion,
    InvocationResult,
    S3Code,
)
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from sandbox.common.connections import LOCALHOST
from sandbox.services.iam import function_credentials
from sandbox.services.iam.function_credentials import Owner
from sandbox.services.lambda_.executor.artifact import runtime_root, task_root
from sandbox.services.lambda_.executor.environment import RUNTIME, function_environment
from sandbox.services.lambda_.executor.guardian import guardian
from sandbox.services.lambda_.executor.kernel import MEGABYTE
from sandbox.services.lambda_.executor.launch import launcher
from sandbox.services.lambda_.executor.lifecycle import Lifecycle
from sandbox.services.lambda_.executor.log import LogEvent
from sandbox.services.lambda_.executor.observers import OBSERVERS, Observer
from sandbox.services.lambda_.executor.process import FunctionProcess
from sandbox.services.lambda_.executor.reload import live_package, without_bytecode


class ProcessExecutor(RuntimeExecutor):
    """An execution environment: one process at a time, replaced when it has ended.

    `start` only spawns, so that the init runs while LocalStack continues; `invoke` waits for it. LocalStack
    drops the log of an environment that fails to start, and never uses it again. Here a failed init is the
    response to an invocation, with its log, and the next invocation tries again, as on AWS. Log events that
    no observer has delivered are in the invocation's result, for LocalStack to deliver.
    """

    def __init__(
        self, id: str, function_version: FunctionVersion, observers: Sequence[Observer] = OBSERVERS
    ) -> None:
        super().__init__(id, function_version)
        self._observers = observers
        self._lock = threading.Lock()
        self._invoking = False
        self._stopped = False
        self._scratch: Path | None = None
        self._access_key: str | None = None
        self._lifecycle: Lifecycle | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Spawn the first process.

        Raises:
            OSError: The machine cannot run another process.
        """
        for observer in self._observers:
            observer.on_start(self, env_vars)
        config = self.function_version.config
        artifact, runtime = task_root(_zip(self.function_version)), runtime_root()
        code = artifact
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{self.id}-", dir=guardian().scratch))
        environment = function_environment(
            env_vars,
            config.environment or {},
            task_root=code,
            runtime_root=runtime,
            scratch=self._scratch,
        )
        function_arn: str = self.function_version.id.unqualified_arn()
        owner = Owner(function_arn, str(config.role))
        self._access_key = function_credentials.hand_out(env_vars, config.environment or {}, owner)
        live = live_package()
        if live:
            code = live.over(code, self._scratch / "live")
            environment |= {"LAMBDA_TASK_ROOT": str(code), **without_bytecode(self._scratch)}

        def spawn() -> FunctionProcess:
            return FunctionProcess(
                artifact_root=artifact,
                task_root=code,
                handler=str(config.handler),
                environment=environment,
                memory_bytes=config.memory_size * MEGABYTE,
            )

        self._lifecycle = Lifecycle(
            spawn=spawn,
            version=self.function_version.id.qualifier,
            timeout=config.timeout,
            memory_bytes=config.memory_size * MEGABYTE,
            code_version=live.version if live else lambda: None,
            deliver_log=self._deliver_log if any(each.deliver_log for each in self._observers) else None,
        )

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run an invocation. Every failure of the function is a result with `is_error`.

        Raises:
            LambdaRuntimeException: The environment is not running.
        """
        request_id = payload["invoke-id"]
        with self._lock:
            if self._stopped or not self._lifecycle:
                raise LambdaRuntimeException(f"Execution environment {self.id} is not running")
            self._invoking = True
        try:
            outcome = self._lifecycle.invoke(
                request_id=request_id,
                function_arn=payload["invoked-function-arn"],
                trace_id=payload["trace-id"],
                event=payload["payload"].encode(),
            )
        finally:
            with self._lock:
                self._invoking = False
                stopped = self._stopped
            if stopped:
                self._end()
        result = InvocationResult(
            request_id=request_id,
            payload=outcome.payload,
            is_error=outcome.is_error,
            logs=outcome.log.text(),
        )
        for observer in self._observers:
            observer.on_invoke(self, result)
        return result

    def stop(self) -> None:
        """End the process once its running invocation has finished, as AWS does on an update.

        The process ends at once when LocalStack shuts down. Idempotent.
        """
        with self._lock:
            self._stopped = True
            if self._invoking and not events.infra_stopping.is_set():
                return
        self._end()

    def _end(self) -> None:
        if self._lifecycle:
            self._lifecycle.end()
        function_credentials.take_back(self._access_key)
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
        for observer in self._observers:
            observer.on_end(self)

    def _deliver_log(self, log_events: Sequence[LogEvent]) -> None:
        for observer in self._observers:
            if observer.deliver_log:
                observer.deliver_log(self, log_events)

    def get_address(self) -> str:
        """Return the host under which LocalStack reaches the environment."""
        return LOCALHOST

    def get_endpoint_from_executor(self) -> str:
        """Return the host under which the environment reaches LocalStack, for AWS_ENDPOINT_URL."""
        return LOCALHOST

    def get_runtime_endpoint(self) -> str:
        """Return the address for callbacks of LocalStack's init in a container, which is unused here."""
        return f"http://{LOCALHOST}"

    def get_logs(self) -> str:
        """Return an empty string. LocalStack calls this only if a result has no logs, and ours have them."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Extract and compile the artifact, and prepare the launch of its processes.

        Raises:
            LambdaRuntimeException: The sandbox cannot run the function. LocalStack sets its state to Failed,
                with the message as the reason.
        """
        if function_version.config.runtime != RUNTIME:
            raise LambdaRuntimeException(
                f"The sandbox runs {RUNTIME} functions only, the version of its own Python;"
                f" this one has runtime {function_version.config.runtime}."
            )
        runtime_root()
        launcher().prepare(task_root(_zip(function_version)), _name(function_version))

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Make the launcher forget the version. The artifact is kept for other versions and later runs."""
        launcher().forget(_name(function_version))


def _name(function_version: FunctionVersion) -> str:
    """Return a unique name for a version, which changes when $LATEST is updated."""
    return f"{function_version.qualified_arn} {function_version.config.internal_revision}"


def _zip(function_version: FunctionVersion) -> S3Code:
    code = function_version.config.code
    if not isinstance(code, S3Code):
        raise LambdaRuntimeException("The sandbox runs only functions packaged as a zip.")
    return code
