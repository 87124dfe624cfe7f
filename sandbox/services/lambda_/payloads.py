"""The size limit of Invoke's payload, which LocalStack does not check.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import io
from collections.abc import Callable
from typing import IO, Any

from localstack.aws.api.lambda_ import InvocationType
from localstack.services.lambda_.invocation.lambda_models import RequestEntityTooLargeException
from localstack.services.lambda_.provider import LambdaProvider
from localstack.utils.patch import Patch

MAX_SYNCHRONOUS_BYTES = 6 * 1024 * 1024
MAX_ASYNCHRONOUS_BYTES = 1024 * 1024


def install() -> None:
    """Start refusing payloads above the limits."""
    Patch.function(LambdaProvider.invoke, _invoke).apply()


def _invoke(
    invoke: Callable[..., Any],
    provider: LambdaProvider,
    *args: Any,
    payload: IO[bytes] | None = None,
    invocation_type: str | None = None,
    **kwargs: Any,
) -> Any:
    if payload is not None:
        content = payload.read()
        is_asynchronous = invocation_type == InvocationType.Event
        most = MAX_ASYNCHRONOUS_BYTES if is_asynchronous else MAX_SYNCHRONOUS_BYTES
        if len(content) > most:
            raise RequestEntityTooLargeException(
                f"Request must be smaller than {most} bytes for the InvokeFunction operation"
            )
        payload = io.BytesIO(content)
    return invoke(provider, *args, payload=payload, invocation_type=invocation_type, **kwargs)
