"""A task and its history."""

from datetime import UTC, datetime, timedelta

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.history import HistoryEntry, Wait, shortened, with_attempts
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import (
    Task,
    accepted,
    unreadable,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FAILURE = TaskError.of(Category.NETWORK, "Timeout", "too late")

P, Q, W, R, S, D = (
    Status.PENDING,
    Status.QUEUED,
    Status.PROCESSING,
    Status.RETRYING,
    Status.SUCCEEDED,
    Status.DEAD_LETTERED,
)


def test_an_accepted_task_is_pending_and_unattempted() -> None:
    """A submission becomes a PENDING task of generation 0 with one entry in its history."""
    submission = Submission.model_validate(
        {
            "payload": {"a": 1},
            "type": "x",
            "orderingKey": "k",
            "reference": "order-1",
            "tags": ["a"],
            "simulate": {"failures": 1},
        }
    )
    task = accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=NOON)
    assert (task.status, task.attempts, task.generation, task.max_attempts) == (P, 0, 0, 3)
    assert task.history == [HistoryEntry(at=NOON, status=P)]
    assert (task.type, task.payload, task.ordering_key) == ("x", {"a": 1}, "k")
    assert (task.reference, task.tags) == ("order-1", ("a",))
    assert task.simulate == submission.simulate
    assert task.submitted_at == task.updated_at == NOON


def test_attempts_share_their_generations_idempotency_key() -> None:
    """An idempotency key contains the task's id and generation, but not the attempt."""
    task = a_task()
    retried = task.model_copy(update={"attempts": 2})
    redriven = task.model_copy(update={"generation": 1})
    assert task.idempotency_key == retried.idempotency_key == "t:0"
    assert redriven.idempotency_key == "t:1"


def test_each_generation_has_a_death_of_its_own() -> None:
    """A generation's death is found even if its first step is no longer kept; a live one has none."""

    def step(second: int, status: Status, generation: int | None = None) -> HistoryEntry:
        return HistoryEntry(at=NOON + timedelta(seconds=second), status=status, generation=generation)

    history = [step(0, P), step(1, D), step(2, P, 1), step(3, W), step(4, D), step(5, P, 2), step(6, W)]
    task = a_task().model_copy(update={"generation": 2, "history": history})
    assert [task.death(generation) for generation in range(4)] == [history[1], history[4], None, None]
    shortened = task.model_copy(update={"history": [history[0], *history[3:]]})
    assert [shortened.death(generation) for generation in range(3)] == [None, history[4], None]


def test_a_generation_does_not_grow_older_with_its_history() -> None:
    """A task that is released to probe a circuit all day long began when it was redriven, not submitted."""
    redriven = NOON + timedelta(days=9)
    history = [
        HistoryEntry(at=NOON, status=P),
        HistoryEntry(at=NOON, status=D),
        HistoryEntry(at=redriven, status=P, generation=1),
    ]
    probe = (
        {"status": W},
        {"status": Status.PARKED, "parked_for": Wait.CIRCUIT, "circuit": "api.example.com"},
        {"status": P},
    )
    probes = [HistoryEntry.model_validate({"at": redriven, **entry}) for entry in probe]
    for _ in range(3):
        history = shortened(with_attempts([*history, *probes * 400])) or []
    assert 300 < len(history) < 1_200
    assert a_task().model_copy(update={"generation": 1, "history": history}).began_at == redriven


def test_a_task_on_the_wire() -> None:
    """Keys are camelCase, times are RFC 3339 with milliseconds, and `simulate` is hidden."""
    shown = a_task().model_dump(mode="json", by_alias=True, exclude_none=True)
    assert shown == {
        "taskId": "t",
        "type": "echo",
        "status": "PENDING",
        "attempts": 0,
        "maxAttempts": 3,
        "generation": 0,
        "payload": {},
        "history": [{"at": "2026-01-31T12:00:00.000Z", "status": "PENDING"}],
        "correlationId": "c",
        "submittedAt": "2026-01-31T12:00:00.000Z",
        "updatedAt": "2026-01-31T12:00:00.000Z",
    }


def test_a_message_that_is_no_task_is_recorded_dead() -> None:
    """An unreadable message is recorded as DEAD_LETTERED, with its body and the error."""
    error = TaskError.of(Category.VALIDATION, "NotATask", "not JSON")
    task = unreadable("not {JSON", message_id="m-1", error=error, at=NOON)
    assert (task.task_id, task.status, task.error) == ("message:m-1", D, error)
    assert task.payload == {"body": "not {JSON"}
    assert task.history == [HistoryEntry(at=NOON, status=D, error=error)]


def a_task() -> Task:
    submission = Submission.model_validate({"payload": {}, "simulate": {"crash": True}})
    return accepted(submission, task_id="t", max_attempts=3, correlation_id="c", at=NOON)
