"""In-process invocation of functions."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from localstack.aws.api import ServiceException
from localstack.aws.api.lambda_ import (
    InvocationType,
    RecursiveInvocationException,
    ResourceNotFoundException,
    State,
)
from localstack.services.lambda_.api_utils import function_locators_from_arn
from localstack.services.lambda_.provider_utils import get_function_version_from_arn
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.utils.strings import long_uid


class NotInvoked(Exception):
    """Lambda did not start the invocation: it throttles, or the function is missing or not ready."""


class LoopStopped(NotInvoked):
    """Lambda stopped a recursive loop, so the invocation must not be retried."""


class Answer(NamedTuple):
    """The response to an invocation: JSON, and whether it reports an error."""

    payload: bytes
    is_error: bool


class Function:
    """A function, version or alias by its ARN, which is resolved at each call."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self._name, self._qualifier, self._account, self._region = function_locators_from_arn(arn)

    def is_ready(self) -> bool:
        """Return whether the function exists and is Active."""
        try:
            return bool(get_function_version_from_arn(self.arn).config.state.state == State.Active)
        except ResourceNotFoundException:
            return False

    def invoke(self, payload: bytes, trace_context: Mapping[str, Any] | None = None) -> Answer:
        """Run the function and wait for its response.

        Args:
            payload: The event.
            trace_context: The request's trace, in the form of LocalStack's Lambda.

        Raises:
            NotInvoked: The invocation was not started.
            LoopStopped: The invocation was not started and must not be retried.
        """
        try:
            result = self._lambda.lambda_service.invoke(
                function_name=self._name,
                qualifier=self._qualifier,
                region=self._region,
                account_id=self._account,
                invocation_type=InvocationType.RequestResponse,
                client_context=None,
                request_id=long_uid(),
                payload=payload,
                trace_context=dict(trace_context or {}),
            )
        except RecursiveInvocationException as error:
            raise LoopStopped(str(error)) from error
        except ServiceException as error:
            raise NotInvoked(f"{type(error).__name__}: {error}") from error
        return Answer(result.payload or b"", result.is_error)

    @cached_property
    def _lambda(self) -> Any:
        return SERVICE_PLUGINS.require("lambda").lifecycle_hook
