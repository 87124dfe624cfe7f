"""What the failure of a call does to the circuit of its dependency."""

import time
from typing import Any

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, CircuitState
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerPersistenceLayer
from aws_lambda_powertools.utilities.circuit_breaker.persistence.record import CircuitStateRecord

from lambdas.domain.errors import InvalidWork, RateLimited, SystemFailure, UnknownFailure
from lambdas.store.guarded_call import CircuitFailure, CircuitOpen, GuardedCall

CONFIG = CircuitBreakerConfig(
    failure_threshold=2,
    recovery_timeout=30,
    success_threshold=1,
    handled_exceptions=CircuitFailure,
    local_cache_max_age=0,
)


class Record(CircuitBreakerPersistenceLayer):
    """The state of a circuit, in memory."""

    def __init__(self, state: CircuitState) -> None:
        super().__init__()
        self.record = CircuitStateRecord(name="", state=state, opened_at=int(time.time()) - 100)

    def _get_record(self, name: str) -> CircuitStateRecord:
        return self.record

    def _put_record(self, record: CircuitStateRecord, *_: object, **__: object) -> None:
        self.record = record

    def _update_record(self, record: CircuitStateRecord) -> None:
        self.record = record


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of its own for each test, since Powertools counts failures by name."""
    return str(request.node.name)


def call(name: str, record: Any, error: Exception | None) -> None:
    """Make a call that fails with an error, or succeeds."""

    def perform() -> None:
        if error is not None:
            raise error

    GuardedCall(name, perform, note_opened=lambda *_: None).run(record, CONFIG)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, CircuitState.CLOSED),
        (InvalidWork("refused", answered=True), CircuitState.CLOSED),
        (InvalidWork("no such width"), CircuitState.HALF_OPEN),
        (RateLimited("slower"), CircuitState.CLOSED),
        (SystemFailure("down"), CircuitState.OPEN),
        (ExceptionGroup("both", [InvalidWork("refused"), SystemFailure("down")]), CircuitState.OPEN),
        (ExceptionGroup("both", [RateLimited("slower"), SystemFailure("down")]), CircuitState.OPEN),
        (ExceptionGroup("both", [SystemFailure("down"), RateLimited("slower")]), CircuitState.OPEN),
        (ExceptionGroup("both", [KeyError("a bug"), SystemFailure("down")]), CircuitState.OPEN),
        (ExceptionGroup("both", [SystemFailure("down"), KeyError("a bug")]), CircuitState.OPEN),
        (KeyError("a bug"), CircuitState.HALF_OPEN),
        (UnknownFailure("who knows"), CircuitState.HALF_OPEN),
    ],
    ids=repr,
)
def test_a_probe_closes_the_circuit_only_if_the_dependency_has_answered(
    name: str, error: Exception | None, state: CircuitState
) -> None:
    """An answer closes the circuit, an outage opens it, and any other failure leaves it half open."""
    record = Record(CircuitState.OPEN)
    raised = None
    try:
        call(name, record, error)
    except Exception as failure:  # noqa: BLE001
        raised = failure.failure if isinstance(failure, CircuitOpen) else failure
    assert raised is error
    assert record.record.state is state


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (InvalidWork("refused", answered=True), False),
        (InvalidWork("no such width"), True),
        (KeyError("a bug"), True),
    ],
)
def test_only_an_answer_ends_a_row_of_failures(name: str, error: Exception, opens: bool) -> None:
    """A failure that may precede the call, between two others, does not keep the circuit closed."""
    record = Record(CircuitState.CLOSED)
    for each in (SystemFailure("down"), error, SystemFailure("down")):
        with pytest.raises(type(each)):
            call(name, record, each)
    assert (record.record.state is CircuitState.OPEN) is opens
