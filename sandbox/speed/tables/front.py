"""moto's operations on items, called past moto's front.

moto 5.1.25 reads each request as if a browser had sent a form, finds out anew which account, region and
operation it is of, and looks for request ids of XML in the answer. LocalStack knows all of that already.
"""

# LocalStack and moto are typed in part only.
# mypy: disable-error-code="no-untyped-call"

import json
from http import HTTPStatus
from typing import Any, Never

from localstack.aws.api import RequestContext
from localstack.http import Response
from localstack.services.moto import dispatch_to_moto
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.aws_headers import gen_amz_crc32

OPERATIONS = {
    operation: camelcase_to_underscores(operation)
    for operation in (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    )
}
"""By name, the methods of moto's handler, which need a request's body, account and region alone."""


def call_moto(context: RequestContext) -> Response:
    """moto's answer to a request. Raises what moto raises that is no answer."""
    method = OPERATIONS.get(context.operation.name) if context.operation else None
    if method is None:
        return dispatch_to_moto(context)
    handler = DynamoHandler()
    handler.body = json.loads(context.request.data or b"{}")
    handler.region, handler.current_account = context.region, context.account_id
    handler.response_headers = {}
    try:
        answer = getattr(handler, method)()
    except Exception as error:  # noqa: BLE001 # moto makes answers of them
        return _refusal(context, method, error)
    status, headers, body = (HTTPStatus.OK, {}, answer) if isinstance(answer, str) else answer
    gen_amz_crc32(body, headers)
    return Response(body, int(status), headers)


def _refusal(context: RequestContext, method: str, error: Exception) -> Response:
    """What moto's front makes of an error; the operation is not called again."""

    def refuse() -> Never:
        raise error

    handler: Any = DynamoHandler()
    handler.setup_class(context.request, context.request.url, context.request.headers)
    setattr(handler, method, refuse)
    status, headers, body = handler.call_action()
    return Response(body, status, headers)
