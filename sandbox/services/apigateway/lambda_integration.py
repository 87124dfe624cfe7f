"""In-process calls to functions from API Gateway's Lambda proxy integrations.

LocalStack signs such a call, writes it as an HTTP request, passes it through its gateway and parses it twice.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import ClientError
from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration
from localstack.utils.patch import Patch

from sandbox.services.lambda_.invocation import Function, NotInvoked

trace_context: ContextVar[Mapping[str, Any] | None] = ContextVar("trace_context", default=None)
"""The request's trace context, for the called function (apigateway.traces)."""


def install() -> None:
    """Call functions in process, unless an integration has its own credentials."""
    by_client: Callable[..., bytes] = RestApiAwsProxyIntegration.call_lambda

    def call_lambda(
        function_arn: str, event: bytes, source_arn: str, credentials: str | None = None
    ) -> bytes:
        if credentials:
            return by_client(function_arn, event, source_arn, credentials)
        return call(function_arn, event)

    Patch(RestApiAwsProxyIntegration, "call_lambda", staticmethod(call_lambda)).apply()


def call(function_arn: str, event: bytes) -> bytes:
    """Invoke a function and return its response.

    Raises:
        ClientError: The function was not invoked. LocalStack answers with 502.
    """
    try:
        return Function(function_arn).invoke(event, trace_context.get()).payload
    except NotInvoked as error:
        raise ClientError({"Error": {"Code": "ServiceException", "Message": str(error)}}, "Invoke") from error
