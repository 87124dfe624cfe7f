"""Puts tracing in place: the daemon, and what Lambda and API Gateway record."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def trace_invocations() -> None:
    """Start the daemon, tell functions where it is, and record their invocations."""
    from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
    from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
    from localstack.utils.patch import Patch

    from sandbox.tracing import functions
    from sandbox.tracing.daemon import DAEMON

    DAEMON.start()
    Patch.function(ExecutionEnvironment.get_environment_variables, functions.variables).apply()
    Patch.function(ExecutionEnvironment.invoke, functions.invoke).apply()
    Patch.function(LambdaVersionManager.invoke, functions.throttle).apply()


@hooks.on_infra_start()
def trace_requests() -> None:
    """Have API Gateway record requests."""
    from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
    from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
    from localstack.utils.patch import Patch

    from sandbox.tracing import gateway

    Patch.function(RestApiGateway.process_with_context, gateway.process).apply()
    Patch.function(InvocationRequestParser.__call__, gateway.parse).apply()
