"""Plug-in through which LocalStack finds the executor: `LAMBDA_RUNTIME_EXECUTOR=process` selects it."""

from typing import TYPE_CHECKING

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from sandbox.services.lambda_.executor.executor import ProcessExecutor


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Plug-in for `ProcessExecutor`, which runs each execution environment as a local process."""

    name = "process"

    def load(self, *args: object, **kwargs: object) -> "type[ProcessExecutor]":  # noqa: ARG002
        """Return the executor's class. The arguments are plux's and are not used."""
        # Imported late: plux imports this module merely to list the plug-ins.
        from sandbox.services.lambda_.executor.executor import ProcessExecutor

        return ProcessExecutor
