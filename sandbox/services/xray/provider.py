"""Puts tracing into LocalStack's services, as X-Ray does it on AWS."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, arg-type"

from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="xray")
def xray() -> Service:
    """X-Ray's API."""
    from sandbox.services.xray.api import XrayApi

    return Service.for_provider(XrayApi())


@hooks.on_infra_start()
def trace_requests() -> None:
    """Start the daemon, and have Lambda and API Gateway send segments of their own."""
    from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
    from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
    from localstack.services.apigateway.next_gen.execute_api.integrations.aws import (
        RestApiAwsProxyIntegration,
    )
    from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
    from localstack.utils.patch import Patch

    from sandbox.services.apigateway import traces as gateway
    from sandbox.services.lambda_ import trace_daemons
    from sandbox.services.lambda_ import traces as functions
    from sandbox.services.lambda_.executor.executor import ProcessExecutor

    trace_daemons.start_daemon()
    for target, around in (
        (ProcessExecutor.start, trace_daemons.start),
        (ProcessExecutor._end, trace_daemons.end),
        (ProcessExecutor.invoke, functions.run),
        (LambdaVersionManager.invoke, functions.invoke),
        (InvocationRequestParser.parse_and_enrich, gateway.parse),
        (RestApiAwsProxyIntegration.invoke, gateway.integrate),
        (RestApiGateway.process_with_context, gateway.process),
    ):
        Patch.function(target, around).apply()


@hooks.on_infra_shutdown()
def end_tracing() -> None:
    """Stop the daemon."""
    from sandbox.services.lambda_ import trace_daemons

    trace_daemons.stop_daemon()
