"""Direct calls to moto's operations on items.

moto parses each request like a form from a browser, determines its account, region and operation, and looks
for XML request ids in the response. LocalStack already has all of that.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from typing import Any, Never

from localstack.aws.api import RequestContext
from localstack.http import Response
from localstack.services.moto import dispatch_to_moto
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.aws_headers import gen_amz_crc32

from sandbox.speed.tables import order, packing, queries

OPERATIONS = {
    operation: camelcase_to_underscores(operation)
    for operation in (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    )
}
"""Methods of moto's handler by operation. They need only a request's body, account and region."""


READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
"""The operations that change no items."""


def call_moto(context: RequestContext) -> Response:
    """Return moto's response to a request."""
    operation = context.operation.name if context.operation else ""
    method = OPERATIONS.get(operation)
    if method is None:
        if not operation.startswith(("Describe", "List", "Get")):
            order.forget()  # it may change any table or item, such as UpdateTable and ExecuteStatement
        return dispatch_to_moto(context)
    handler = DynamoHandler()
    handler.body = json.loads(context.request.data or b"{}")
    handler.region, handler.current_account = context.region, context.account_id
    handler.response_headers = {}
    try:
        with _followed(handler, operation):
            answer = getattr(handler, method)()
    except Exception as error:  # noqa: BLE001 - moto turns errors into answers
        return _refusal(context, method, error)
    status, headers, body = (HTTPStatus.OK, {}, answer) if isinstance(answer, str) else answer
    gen_amz_crc32(body, headers)
    return Response(body, int(status), headers)


@contextmanager
def _followed(handler: DynamoHandler, operation: str) -> Iterator[None]:
    """Keep tables in order, and leave items that are only read packed."""
    if operation in READS:
        counts = handler.body.get("Select") == "COUNT" and "FilterExpression" not in handler.body
        with packing.reading(), queries.counting() if counts else nullcontext():
            yield
        return
    with order.kept(handler.dynamodb_backend, operation, handler.body):
        yield
    for table, key in order.written(handler.dynamodb_backend, operation, handler.body):
        packing.written(table.get_item(*key))


def is_final(context: RequestContext, answer: Response) -> bool:
    """Return whether a response can be sent unchanged: JSON, for a client that expects JSON."""
    wants_json = context.protocol == "json" and "Accept" not in context.request.headers
    return answer.status_code == 200 and bool(answer.data) and wants_json


def _refusal(context: RequestContext, method: str, error: Exception) -> Response:
    """Return the response that moto creates from an error. The operation is not called again."""

    def refuse() -> Never:
        raise error

    handler: Any = DynamoHandler()
    handler.setup_class(context.request, context.request.url, context.request.headers)
    setattr(handler, method, refuse)
    status, headers, body = handler.call_action()
    return Response(body, status, headers)
