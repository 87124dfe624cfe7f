"""Puts the shortcuts in place that are needed from the start."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def log_in_process() -> None:
    """Have Lambda put functions' logs itself. (`integrations` comes with sandbox.gateway_responses.)"""
    from localstack.services.lambda_.invocation import version_manager

    from sandbox.shortcuts.function_logs import FunctionLogs

    vars(version_manager)["LogHandler"] = FunctionLogs
