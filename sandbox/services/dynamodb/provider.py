"""DynamoDB on moto's tables. LocalStack's own provider needs Java and downloads a program when it starts.

Only one thread at a time calls moto, because its tables are plain Python objects: of two conditional updates
of an item only one may succeed, and a query must not read a table while it changes.
"""

import json
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localstack.aws.api import RequestContext
from localstack.http import Response
from localstack.services.plugins import Service, aws_provider

_CHECKSUM = "X-Amz-Crc32"


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Access to moto's tables.

    Attributes:
        call: Returns moto's response to a request.
        is_final: Returns whether a response can be sent unchanged. LocalStack parses other responses by
            DynamoDB's model and serializes them again.
    """

    call: Callable[[RequestContext], Response]
    is_final: Callable[[RequestContext, Response], bool] = lambda _context, _answer: False


def _moto() -> Backend:
    from localstack.services.moto import dispatch_to_moto

    return Backend(call=dispatch_to_moto)


_load_backend: Callable[[], Backend] = _moto


def load_backend_with(load: Callable[[], Backend]) -> None:
    """Use `load` to create the backend when the provider is loaded (`sandbox.speed.tables`)."""
    global _load_backend
    _load_backend = load


@aws_provider(api="dynamodb", name="faultline")
def dynamodb() -> Service:
    """Return a provider that forwards all operations to the backend."""
    from localstack.aws import handlers
    from localstack.aws.api import ServiceRequest, ServiceResponse
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.aws.forwarder import ForwardingFallbackDispatcher, dispatch_to_backend

    from sandbox.services.cloudformation import table_resource
    from sandbox.services.dynamodb import batches, comparisons, idempotency, items

    backend = _load_backend()
    handlers.run_custom_response_handlers.append(_add_checksum)
    for corrections in (items, comparisons, batches, idempotency):
        corrections.correct_moto()
    table_resource.set_point_in_time_recovery()
    one_at_a_time = threading.Lock()

    def call(context: RequestContext, request: ServiceRequest) -> ServiceResponse | Response:  # noqa: ARG001
        with one_at_a_time:
            answer = backend.call(context)
        if backend.is_final(context, answer):
            answer.headers["Content-Type"] = "application/x-amz-json-1.0"
            answer.headers["X-Amzn-Requestid"] = context.request_id
            context.service_response = json.loads(answer.data)
            return answer
        return dispatch_to_backend(context, lambda _: answer)

    def dispatch(provider: Any) -> Any:
        # DynamodbApi implements no operation, so all of them are forwarded to moto.
        return ForwardingFallbackDispatcher(provider, call)

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=dispatch)


def _add_checksum(_chain: Any, context: Any, response: Any) -> None:
    """Add the body's checksum to responses of DynamoDB that LocalStack has serialized.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
    """
    if context.service and context.service.service_name == "dynamodb" and _CHECKSUM not in response.headers:
        response.headers[_CHECKSUM] = str(zlib.crc32(response.data))
