"""Apply a transaction once for each ClientRequestToken. moto ignores the token.

A repetition within ten minutes after the transaction has succeeded is answered without applying it, and a
request with the same token and other parameters is refused:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
AWS does not say what a token of a failed transaction does; here it can be used again.
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
    """Apply the correction, once in a process."""
    Patch.function(DynamoHandler.transact_write_items, _once).apply()
    Patch.function(DynamoHandler.execute_transaction, _once).apply()


class Answers:
    """The answers to requests with a token, until the token has expired."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._by_token: dict[str, tuple[bytes, str, float]] = {}

    def get_or_make(self, token: str, parameters: dict[str, Any], make: Callable[[], str]) -> str:
        """Return the answer to a request: the earlier one if it is repeated.

        Raises:
            DynamodbException: the token has been used with other parameters.
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
        """Forget the answers from the oldest on: all are kept equally long."""
        now = self._now()
        while self._by_token and next(iter(self._by_token.values()))[2] <= now:
            del self._by_token[next(iter(self._by_token))]


def _once(transact: Callable[[DynamoHandler], str], handler: DynamoHandler) -> str:
    token = handler.body.get("ClientRequestToken")
    if not token:
        return transact(handler)
    # They end with moto's tables, and are of one account and region like them.
    answers: Answers = vars(handler.dynamodb_backend).setdefault("answers_by_token", Answers())
    parameters = {name: value for name, value in handler.body.items() if name != "ClientRequestToken"}
    return answers.get_or_make(token, parameters, lambda: transact(handler))
