"""Execution environments as LocalStack sees them: made, invoked many times, stopped."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

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

from sandbox.services.iam import function_credentials
from sandbox.services.iam.function_credentials import Owner
from sandbox.services.lambda_.executor.artifact import runtime_root, task_root
from sandbox.services.lambda_.executor.connections import LOCALHOST
from sandbox.services.lambda_.executor.endpoint import endpoint_url
from sandbox.services.lambda_.executor.environment import RUNTIME, function_environment
from sandbox.services.lambda_.executor.guardian import guardian
from sandbox.services.lambda_.executor.kernel import MEGABYTE
from sandbox.services.lambda_.executor.lifecycle import Lifecycle
from sandbox.services.lambda_.executor.log import LogEvent
from sandbox.services.lambda_.executor.process import FunctionProcess
from sandbox.services.lambda_.executor.reload import live_package, without_bytecode


class ProcessExecutor(RuntimeExecutor):
    """An execution environment: one process at a time, replaced when it has ended.

    `start` only spawns, so that the init runs while LocalStack goes on; `invoke` waits for it.
    LocalStack drops the log of an environment that fails to start, and never uses it again. Here
    a failed init is the answer to an invocation, with its log, and the next one tries again, as
    on AWS. `deliver_log`, once `lambda_` has set it, puts into CloudWatch Logs what a function
    logs while it runs; LocalStack puts the rest when the invocation has its answer.
    """

    deliver_log: ClassVar[Callable[["ProcessExecutor", Sequence[LogEvent]], None] | None] = None

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._lock = threading.Lock()
        self._invoking = False
        self._stopped = False
        self._scratch: Path | None = None
        self._access_key: str | None = None
        self._lifecycle: Lifecycle | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Spawn the first process. Raises OSError when the machine cannot."""
        config = self.function_version.config
        code, runtime = task_root(_zip(self.function_version)), runtime_root()
        if "AWS_ENDPOINT_URL" not in (config.environment or {}):
            env_vars["AWS_ENDPOINT_URL"] = endpoint_url()
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{self.id}-", dir=guardian().scratch))
        environment = function_environment(
            env_vars,
            config.environment or {},
            task_root=code,
            runtime_root=runtime,
            scratch=self._scratch,
        )
        function_arn: str = self.function_version.id.unqualified_arn()  # type: ignore[no-untyped-call]
        owner = Owner(function_arn, str(config.role))
        self._access_key = function_credentials.hand_out(env_vars, config.environment or {}, owner)
        live = live_package()
        if live:
            code = live.over(code, self._scratch / "live")
            environment |= {"LAMBDA_TASK_ROOT": str(code), **without_bytecode(self._scratch)}

        def spawn() -> FunctionProcess:
            return FunctionProcess(
                task_root=code,
                runtime_root=runtime,
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
            deliver_log=self.deliver_log,
        )

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one invocation. Every failure of the function is a result with `is_error`."""
        request_id = payload["invoke-id"]
        with self._lock:
            if self._stopped or not self._lifecycle:
                raise LambdaRuntimeException(f"Execution environment {self.id} does not run")
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
        return InvocationResult(
            request_id=request_id,
            payload=outcome.payload,
            is_error=outcome.is_error,
            logs=outcome.log.text(),
        )

    def stop(self) -> None:
        """End the process, after its invocation if it has one: an update lets it finish, as AWS.

        When LocalStack shuts down it ends at once. Idempotent.
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

    def get_address(self) -> str:
        """Where LocalStack reaches the environment."""
        return LOCALHOST

    def get_endpoint_from_executor(self) -> str:
        """Where the environment reaches LocalStack; the host of AWS_ENDPOINT_URL."""
        return LOCALHOST

    def get_runtime_endpoint(self) -> str:
        """LocalStack's callback for its init in a container. Nothing here calls back."""
        return f"http://{LOCALHOST}"

    def get_logs(self) -> str:
        """LocalStack asks when a result has no logs; ours always have some."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Extract and compile the artifact. Raises LambdaRuntimeException: LocalStack then sets
        the function's state to Failed, with the message as the reason.
        """
        if function_version.config.runtime != RUNTIME:
            raise LambdaRuntimeException(
                f"The sandbox runs {RUNTIME} functions only, the Python it runs on itself;"
                f" this one has runtime {function_version.config.runtime}."
            )
        runtime_root()
        task_root(_zip(function_version))

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Nothing: artifacts are kept for other versions, and for the next run of the sandbox."""


def _zip(function_version: FunctionVersion) -> S3Code:
    code = function_version.config.code
    if not isinstance(code, S3Code):
        raise LambdaRuntimeException("The sandbox runs functions that are packaged as a zip only.")
    return code
