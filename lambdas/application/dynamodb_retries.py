"""Retries of calls to DynamoDB that botocore does not make.

botocore pauses for 12 and then 25 ms on average between three tries that fail with a server error
(`botocore.retries.standard`), so an interruption of a tenth of a second would fail the call. Losing the write
of an attempt's outcome means to repeat work that has been done.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html

A write of an item that a transaction is writing is refused with TransactionConflictException:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

import random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from lambdas.application.clients import MAX_TRIES

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Tries of a call that fails at once, with pauses of 0.15, 0.3 and 0.6 s on average after botocore's own.
_MAX_FAILED_TRIES, _PAUSE_SECONDS = MAX_TRIES + 3, 0.1
_MAX_CONFLICTING_TRIES, _CONFLICT_PAUSE_SECONDS = 20, 0.01


def patient(client: "DynamoDBClient") -> "DynamoDBClient":
    """Make a client repeat calls for about a second after failures, and after conflicts with transactions.

    Calls that time out are not repeated more often than by botocore.
    """
    # botocore uses what the handler returns, although its type stubs say that there is nothing.
    client.meta.events.register("needs-retry.dynamodb", _pause)  # type: ignore[arg-type]
    return client


def _pause(*, response: Any, caught_exception: Any, attempts: int, **_: Any) -> float | None:
    """Return the seconds to wait before another try; None if there should be none, or botocore decides."""
    status, code = 0, ""
    if response is not None:
        http, parsed = response
        status, code = http.status_code, parsed.get("Error", {}).get("Code", "")
    if code == "TransactionConflictException" and attempts < _MAX_CONFLICTING_TRIES:
        return random.uniform(0, _CONFLICT_PAUSE_SECONDS * attempts)
    failed_at_once = status >= 500 or isinstance(
        caught_exception, ConnectionClosedError | EndpointConnectionError
    )
    if failed_at_once and MAX_TRIES <= attempts < _MAX_FAILED_TRIES:
        return random.uniform(1, 2) * _PAUSE_SECONDS * float(2 ** (attempts - MAX_TRIES))
    return None
