"""API Gateway's Lambda proxy integrations, called in process."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import ClientError
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration

from sandbox.services.lambda_.invocation import Function, NotInvoked

trace_context: ContextVar[Mapping[str, Any] | None] = ContextVar("trace_context", default=None)
"""What functions that are called are told of the trace of the request (apigateway.traces)."""


def stay_in_process() -> None:
    """Have integrations call functions so; those with credentials of their own as before."""
    by_client: Callable[..., bytes] = RestApiAwsProxyIntegration.call_lambda

    def call_lambda(
        function_arn: str, event: bytes, source_arn: str, credentials: str | None = None
    ) -> bytes:
        if credentials:
            return by_client(function_arn, event, source_arn, credentials)
        return call(function_arn, event)

    RestApiAwsProxyIntegration.call_lambda = staticmethod(call_lambda)  # type: ignore[method-assign]


def call(function_arn: str, event: bytes) -> bytes:
    """A function's answer. Raises ClientError, as the client does, for which LocalStack answers 502."""
    try:
        return Function(function_arn).invoke(event, trace_context.get()).payload
    except NotInvoked as error:
        raise ClientError({"Error": {"Code": "ServiceException", "Message": str(error)}}, "Invoke") from error
