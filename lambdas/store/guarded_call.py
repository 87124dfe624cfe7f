"""A single call of a dependency, guarded by its circuit breaker."""

from collections.abc import Callable
from dataclasses import dataclass

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.exceptions import CircuitBreakerOpenError
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.errors import Category, TaskError, classify
from lambdas.telemetry import events

UNHEALTHY = frozenset({Category.NETWORK, Category.SYSTEM})
"""Errors that count against a dependency.

A dependency that rejects a request (VALIDATION) or asks for a pause (RATE_LIMIT) is healthy; UNKNOWN errors
are more likely our own.
"""


class CircuitOpen(Exception):
    """The dependency was not called, or was only probed and has not recovered.

    Attributes:
        circuit: Name of the dependency.
        failure: Error of the probe; None if no call was made.
    """

    def __init__(self, circuit: str, reason: str, failure: Exception | None = None) -> None:
        super().__init__(f"the circuit of {circuit} {reason}")
        self.circuit = circuit
        self.failure = failure


class CircuitFailure(Exception):
    """The call failed in a way that counts against the dependency."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(type(failure).__name__)
        self.failure = failure


@dataclass(frozen=True, kw_only=True)
class _Answer[T]:
    """Outcome of a call to a healthy dependency: a result, or an error."""

    result: T | None = None
    error: Exception | None = None


class GuardedCall[T]:
    """A call of a dependency that is made unless its circuit is open.

    Args:
        circuit: Name of the dependency.
        perform: Makes the call.
        note_opened: Called with the transition and the error if this call opens the closed circuit.
    """

    def __init__(
        self,
        circuit: str,
        perform: Callable[[], T],
        *,
        note_opened: Callable[[CircuitTransition, TaskError], None],
    ) -> None:
        self._circuit = circuit
        self._perform = perform
        self._note_opened = note_opened
        self._failure: Exception | None = None
        self._reopened = False

    def run(self, store: CircuitBreakerDynamoDBPersistence, config: CircuitBreakerConfig) -> T:
        """Make the call, once.

        Raises:
            CircuitOpen: The call was not made, or it was a probe of whether the dependency has recovered, and
                failed. A failed probe must not cost the caller an attempt: otherwise a long outage would use
                up, one by one, all tasks that wait for its end.
            Exception: Any exception raised by `perform`.
        """
        guarded = circuit_breaker(self._circuit, store, on_transition=self._on_transition, config=config)(
            self._answer
        )
        try:
            answer: _Answer[T] = guarded()
        except CircuitFailure as counted:
            failure = counted.failure
            if self._reopened:
                raise CircuitOpen(
                    self._circuit, f"stays open: {classify(failure).message}", failure
                ) from failure
            raise failure from failure.__cause__
        except CircuitBreakerOpenError as error:
            raise CircuitOpen(self._circuit, "is open") from error
        except (ClientError, BotoCoreError) as error:
            # Not an error of the call itself, whose errors are in the answer or a CircuitFailure: the
            # circuit's record could not be written when this caller was to be elected as the probe.
            raise CircuitOpen(self._circuit, f"could not be read: {error}") from error
        if answer.error is not None:
            raise answer.error
        return answer.result  # type: ignore[return-value] # None only when T allows it

    def _answer(self) -> _Answer[T]:
        """Make the call; raise only errors that count against the dependency."""
        try:
            return _Answer(result=self._perform())
        except Exception as error:
            if classify(error).category not in UNHEALTHY:
                return _Answer(error=error)
            self._failure = error
            raise CircuitFailure(error) from error

    def _on_transition(self, transition: CircuitTransition) -> None:
        was, now = transition.from_state, transition.to_state
        self._reopened = (was, now) == (CircuitState.HALF_OPEN, CircuitState.OPEN)
        events.circuit_changed(self._circuit, was=was.value, now=now.value)
        if was is CircuitState.CLOSED and self._failure is not None:
            self._note_opened(transition, classify(self._failure))
