"""Single calls to a dependency, guarded by its circuit breaker."""

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
from lambdas.domain.leaf_errors import leaf_errors
from lambdas.domain.refusal import is_refusal
from lambdas.telemetry import events

UNHEALTHY = frozenset({Category.NETWORK, Category.SYSTEM})
"""Categories of errors that count as failures of the dependency.

A dependency that rejects a request (VALIDATION) or limits its rate (RATE_LIMIT) is healthy, if the
error comes from its answer (`lambdas.domain.refusal`). Any other error says nothing about it, since it may
have been raised before the call: an InvalidWork for a senseless payload, or an UNKNOWN error, which is more
likely the caller's bug. An exception group counts as a failure if one of its errors does.
"""


class CircuitOpen(Exception):
    """The circuit is open: the call was not made, or it was a probe that failed.

    Attributes:
        circuit: Name of the dependency.
        failure: Error of the probe; None if the call was not made.
    """

    def __init__(self, circuit: str, reason: str, failure: Exception | None = None) -> None:
        super().__init__(f"the circuit of {circuit} {reason}")
        self.circuit = circuit
        self.failure = failure


class CircuitFailure(Exception):
    """The call failed with an error that counts as a failure of the dependency."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(type(failure).__name__)
        self.failure = failure


class _InconclusiveFailure(Exception):
    """The call failed with an error that says nothing about the dependency.

    The circuit stays as it is, and so does the count of failures.
    A half-open circuit has another probe when the lease of this one ends.
    """

    def __init__(self, failure: Exception) -> None:
        super().__init__(type(failure).__name__)
        self.failure = failure


@dataclass(frozen=True, kw_only=True)
class _Answer[T]:
    """Outcome of a call to a healthy dependency: a result or an error."""

    result: T | None = None
    error: Exception | None = None


class GuardedCall[T]:
    """A call to a dependency, which is made only if the circuit allows it.

    Args:
        circuit: Name of the dependency.
        perform: Function that makes the call.
        note_opened: Function to call with the transition and the error if this call opens the circuit.
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
        self._failure: BaseException | None = None
        self._reopened = False

    def run(self, store: CircuitBreakerDynamoDBPersistence, config: CircuitBreakerConfig) -> T:
        """Make the call if the circuit allows it, without retries.

        Raises:
            CircuitOpen: The call was not made, or it was a probe that failed. Callers must not count a failed
                probe as an attempt: otherwise a long outage would use up the attempts of all waiting tasks,
                one after another.
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
        except _InconclusiveFailure as uncounted:
            answer = _Answer(error=uncounted.failure)
        except CircuitBreakerOpenError as error:
            raise CircuitOpen(self._circuit, "is open") from error
        except (ClientError, BotoCoreError) as error:
            # The circuit's record could not be written when this caller tried to become the probe. Errors of
            # the call itself do not arrive here: they are in the answer, or in one of the exceptions above.
            raise CircuitOpen(self._circuit, f"could not be updated: {error}") from error
        if answer.error is not None:
            raise answer.error
        return answer.result  # type: ignore[return-value] # None only when T allows it

    def _answer(self) -> _Answer[T]:
        """Make the call; raise only errors that do not show that the dependency is healthy."""
        try:
            return _Answer(result=self._perform())
        except Exception as error:
            failures = (leaf for leaf in leaf_errors(error) if classify(leaf).category in UNHEALTHY)
            self._failure = next(failures, None)
            if self._failure is not None:
                raise CircuitFailure(error) from error
            if is_refusal(error):
                return _Answer(error=error)
            raise _InconclusiveFailure(error) from error

    def _on_transition(self, transition: CircuitTransition) -> None:
        was, now = transition.from_state, transition.to_state
        self._reopened = (was, now) == (CircuitState.HALF_OPEN, CircuitState.OPEN)
        events.circuit_changed(self._circuit, was=was.value, now=now.value)
        if was is CircuitState.CLOSED and self._failure is not None:
            self._note_opened(transition, classify(self._failure))
