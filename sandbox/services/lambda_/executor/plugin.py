"""LocalStack's entry points to the executor: `LAMBDA_RUNTIME_EXECUTOR=process` selects it by name."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from typing import TYPE_CHECKING

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from sandbox.services.lambda_.executor.executor import ProcessExecutor


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Loads `ProcessExecutor`, which runs each execution environment as a local process."""

    name = "process"

    def load(self, *args: object, **kwargs: object) -> "type[ProcessExecutor]":  # noqa: ARG002
        """The executor's class. The arguments are plux's and mean nothing here."""
        # Imported late: plux imports this module merely to list the plug-ins.
        from sandbox.services.lambda_.executor.executor import ProcessExecutor

        return ProcessExecutor


@hooks.on_infra_start()
def keep_environments() -> None:
    """Have Lambda make environments that are kept without a thread started at each invocation."""
    from localstack.services.lambda_.invocation import assignment

    from sandbox.speed.environment_timers import KeptEnvironment

    vars(assignment)["ExecutionEnvironment"] = KeptEnvironment


@hooks.on_infra_start()
def share_code() -> None:
    """Have Lambda store an artifact once for all functions that are made of it."""
    from localstack.services.lambda_ import provider
    from localstack.services.lambda_.invocation.lambda_service import store_s3_bucket_archive

    from sandbox.speed.shared_code import sharing

    vars(provider)["store_s3_bucket_archive"] = sharing(store_s3_bucket_archive)
