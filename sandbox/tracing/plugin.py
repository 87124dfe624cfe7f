"""Puts tracing into LocalStack's services, as X-Ray does it on AWS."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator, arg-type"

from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="xray")
def xray() -> Service:
    """X-Ray's API."""
    from sandbox.tracing.api import XrayApi

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

    from sandbox.executor.executor import ProcessExecutor
    from sandbox.tracing import environments, invocations, stages

    environments.start_daemon()
    for target, around in (
        (ProcessExecutor.start, environments.start),
        (ProcessExecutor._end, environments.end),
        (ProcessExecutor.invoke, invocations.run),
        (LambdaVersionManager.invoke, invocations.invoke),
        (InvocationRequestParser.parse_and_enrich, stages.parse),
        (RestApiAwsProxyIntegration.invoke, stages.integrate),
        (RestApiGateway.process_with_context, stages.process),
    ):
        Patch.function(target, around).apply()


@hooks.on_infra_shutdown()
def end_tracing() -> None:
    """Stop the daemon."""
    from sandbox.tracing import environments

    environments.stop_daemon()
