"""DynamoDB on moto's tables, inside LocalStack: LocalStack's own needs Java and a download at start.

moto is called by one thread at a time, because its tables are plain Python objects: two conditional updates
of an item must not both succeed, and a query must not meet a table that changes.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import json
import threading
from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.http import Response
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """The provider that PROVIDER_OVERRIDE_DYNAMODB=moto selects: right, and not made any faster. It is for
    the benchmark, which compares."""
    from localstack.services.moto import dispatch_to_moto

    return _provider(dispatch_to_moto)


@aws_provider(api="dynamodb", name="quick")
def quick_dynamodb() -> Service:
    """The provider that PROVIDER_OVERRIDE_DYNAMODB=quick selects, of the sandbox."""
    from sandbox.speed.tables import front, moto

    moto.quicken_moto()
    return _provider(front.call_moto, _sent_on)


def _provider(
    call_moto: Callable[[RequestContext], Response],
    sent_on: Callable[[RequestContext, Response], bool] = lambda _context, _answer: False,
) -> Service:
    from localstack.aws.api import ServiceRequest, ServiceResponse
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.aws.forwarder import ForwardingFallbackDispatcher, dispatch_to_backend

    from sandbox.services.cloudformation import table_resource
    from sandbox.services.dynamodb import items

    items.correct_moto()
    table_resource.set_point_in_time_recovery()
    one_at_a_time = threading.Lock()

    def call(context: RequestContext, request: ServiceRequest) -> ServiceResponse | Response:  # noqa: ARG001
        """Raises what moto refused it with."""
        with one_at_a_time:
            answer = call_moto(context)
        if sent_on(context, answer):
            answer.headers["Content-Type"] = "application/x-amz-json-1.0"
            answer.headers["X-Amzn-Requestid"] = context.request_id
            context.service_response = json.loads(answer.data)
            return answer
        return dispatch_to_backend(context, lambda _: answer)

    def dispatch(provider: Any) -> Any:
        # DynamodbApi implements no operation, so that each one falls back to moto.
        return ForwardingFallbackDispatcher(provider, call)

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=dispatch)


def _sent_on(context: RequestContext, answer: Response) -> bool:
    """Whether moto's answer is what the caller has asked for: JSON. Else LocalStack parses it by DynamoDB's
    description, and writes it again."""
    wants_json = context.protocol == "json" and "Accept" not in context.request.headers
    return answer.status_code == 200 and bool(answer.data) and wants_json
