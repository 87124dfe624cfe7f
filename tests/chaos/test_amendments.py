"""Atomic redrives with a corrected payload, on a real table."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from lambdas.domain.amendment import Amendment, payload_digest
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.store.objects import MAX_IN_TABLE_BYTES
from lambdas.store.payloads import MAX_INLINE_BYTES
from lambdas.store.table import TaskTable
from sandbox.process.state_file import Sandbox
from tests.chaos.table import BareTable, bare_table

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RETENTION = timedelta(days=30)
SMALL: dict[str, Any] = {"x": 1}
# Incompressible data is stored apart.
LARGE: dict[str, Any] = {"x": Random(7).randbytes(MAX_INLINE_BYTES).hex()}
# A payload above this size is an object in S3.
HUGE: dict[str, Any] = {"x": Random(7).randbytes(MAX_IN_TABLE_BYTES).hex()}
_ids = (f"task-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def bare(sandbox: Sandbox) -> Iterator[BareTable]:
    with bare_table(sandbox, "amendments") as made:
        yield made


@pytest.fixture
def table(bare: BareTable) -> TaskTable:
    return TaskTable(bare.client, bare.name, bare.objects, retention=RETENTION)


def dead(table: TaskTable, payload: dict[str, Any], **options: Any) -> Task:
    submission = Submission.model_validate({"payload": payload, **options})
    new = accepted(submission, task_id=next(_ids), max_attempts=1, correlation_id="c", at=NOON)
    task = table.accept(new, submission.fingerprint()).task
    moved = table.dead_lettered(task, TaskError.of(Category.VALIDATION, "Died", "of it"), at=NOON)
    assert moved.done
    return moved.task


@pytest.mark.parametrize("options", [{}, {"orderingKey": "key"}], ids=["alone", "in a lane"])
@pytest.mark.parametrize("former", [SMALL, LARGE, HUGE], ids=["small", "large", "huge"])
@pytest.mark.parametrize(
    "payload",
    [{"x": 2}, {**LARGE, "y": 2}, {**HUGE, "y": 2}, {}],
    ids=["to small", "to large", "to huge", "empty"],
)
def test_a_dead_letter_has_its_new_payload_and_a_digest_of_the_old(
    table: TaskTable, former: dict[str, Any], payload: dict[str, Any], options: dict[str, Any]
) -> None:
    task = dead(table, former, **options)
    at = NOON + timedelta(days=80)
    moved = table.redriven(task, amendment=Amendment(payload=payload, former=former), at=at)
    assert moved.done
    found = table.get(task.task_id)
    assert found is not None
    assert moved.task.payload == table.with_payload(found).payload == payload
    entry = found.history[-1]
    assert (entry.status, entry.generation) == (Status.PENDING, 1)
    assert entry.amended is not None
    assert entry.amended.former_payload == payload_digest(former)
    if found.payload_key:
        # It outlives a task that dies today.
        assert found.payload_expires_at == (at + 3 * RETENTION).timestamp()
    else:
        assert found.payload_expires_at is None


def test_a_refused_redrive_leaves_the_payload(table: TaskTable) -> None:
    """A redrive that loses a race changes neither the payload nor the history."""
    task = dead(table, LARGE)
    assert table.redriven(task, at=NOON).done
    other = Amendment(payload={**LARGE, "y": 3}, former=LARGE)
    assert not table.redriven(task, amendment=other, at=NOON + timedelta(seconds=1)).done
    found = table.get(task.task_id)
    assert found is not None
    assert table.with_payload(found).payload == LARGE
    assert found.history[-1].amended is None


def test_a_payload_that_was_just_written_is_found(bare: BareTable, table: TaskTable) -> None:
    """A payload is read consistently, since an outdated read would not find it."""
    task = dead(table, SMALL)
    moved = table.redriven(task, amendment=Amendment(payload=LARGE, former=SMALL), at=NOON)
    assert moved.done
    late: Any = _Late(bare.client)
    found = TaskTable(late, bare.name, bare.objects, retention=RETENTION).get(task.task_id)
    assert found is not None
    assert TaskTable(late, bare.name, bare.objects).with_payload(found).payload == LARGE


class _Late:
    """A client that reads from an outdated copy of the table unless a read is consistent."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **arguments: Any) -> Any:
        return self._client.get_item(**arguments) if arguments.get("ConsistentRead") else {}


def test_the_first_submission_still_owns_the_id(table: TaskTable) -> None:
    """The original submission, sent again, counts as a repetition even after the payload was corrected."""
    submission = Submission.model_validate({"payload": SMALL})
    task = dead(table, SMALL)
    assert table.redriven(task, amendment=Amendment(payload={"x": 2}, former=SMALL), at=NOON).done
    again = accepted(submission, task_id=task.task_id, max_attempts=1, correlation_id="c", at=NOON)
    outcome = table.accept(again, submission.fingerprint())
    assert (outcome.created, outcome.same, outcome.task.payload) == (False, True, {"x": 2})
