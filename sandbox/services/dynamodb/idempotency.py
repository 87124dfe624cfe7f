"""Idempotent transactions by ClientRequestToken, which moto ignores.

A request repeated within ten minutes of its success succeeds without being applied again. A request
with the same token and other parameters is refused:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html

AWS does not document the effect of a failed transaction's token; here it can be used again.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from localstack.utils.patch import Patch
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException
from moto.dynamodb.responses import DynamoHandler

VALID_SECONDS = 10 * 60.0


def correct_moto() -> None:
    """Apply the correction to moto. Call this only once."""
    Patch.function(DynamoHandler.transact_write_items, _once).apply()
    Patch.function(DynamoHandler.execute_transaction, _once).apply()


class Answers:
    """The responses to requests with a token, until the token expires."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._by_token: dict[str, tuple[bytes, str, float]] = {}

    def get_or_make(self, token: str, parameters: dict[str, Any], make: Callable[[], str]) -> str:
        """Return the response to a request: the earlier one if the request is repeated.

        Raises:
            DynamodbException: The token was used with other parameters.
        """
        self._forget_expired()
        digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).digest()
        if token not in self._by_token:
            answer = make()
            self._by_token[token] = (digest, answer, self._now() + VALID_SECONDS)
            return answer
        earlier, answer, _ = self._by_token[token]
        if digest != earlier:
            raise DynamodbException(
                f"{ERROR_TYPE_PREFIX}IdempotentParameterMismatchException",
                "The token has been used by a request with other parameters",
            )
        return answer

    def _forget_expired(self) -> None:
        """Delete expired responses, oldest first. All responses are kept equally long."""
        now = self._now()
        while self._by_token and next(iter(self._by_token.values()))[2] <= now:
            del self._by_token[next(iter(self._by_token))]


def _once(transact: Callable[[DynamoHandler], str], handler: DynamoHandler) -> str:
    token = handler.body.get("ClientRequestToken")
    if not token:
        return transact(handler)
    # Stored with moto's tables, so that they are deleted with them and belong to one account and region.
    answers: Answers = vars(handler.dynamodb_backend).setdefault("answers_by_token", Answers())
    parameters = {name: value for name, value in handler.body.items() if name != "ClientRequestToken"}
    return answers.get_or_make(token, parameters, lambda: transact(handler))
