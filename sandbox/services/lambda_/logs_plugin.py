"""Puts the shortcuts in place that are needed from the start."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def log_in_process() -> None:
    """Have Lambda put functions' logs itself. (`integrations` comes with apigateway.gateway_responses.)"""
    from localstack.services.lambda_.invocation import version_manager
    from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment

    from sandbox.services.lambda_.executor.executor import ProcessExecutor
    from sandbox.services.lambda_.logs import FunctionLogs, deliver_log, log_group, log_stream

    vars(version_manager)["LogHandler"] = FunctionLogs
    ExecutionEnvironment.get_log_group_name = log_group  # type: ignore[assignment, method-assign]
    ExecutionEnvironment.get_log_stream_name = log_stream  # type: ignore[assignment, method-assign]
    ProcessExecutor.deliver_log = deliver_log
