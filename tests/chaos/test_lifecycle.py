"""Random orders of events on a task's record, including late, repeated and stale ones.

Every write of lambdas.store.table goes to a real table, and a small model says which writes may
change anything. The test sets the clock, and so decides when leases end.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import Status
from lambdas.domain.requester import Requester
from lambdas.domain.submission import Submission
from lambdas.domain.task import accepted
from lambdas.store.snapshot import Claimed
from lambdas.store.table import TaskTable
from sandbox.process.state_file import Sandbox
from tests.chaos.lifecycle import ERROR, LEASE, Lifecycle, _numbers
from tests.chaos.lifecycle_checks import BEGINNING
from tests.chaos.table import bare_table


@pytest.fixture(scope="module")
def table(sandbox: Sandbox) -> Iterator[TaskTable]:
    with bare_table(sandbox, "tasks") as made:
        yield TaskTable(made.client, made.name, made.objects, retention=timedelta(days=1))


def test_who_was_thought_dead_cannot_give_up_a_released_task(table: TaskTable) -> None:
    """An attempt that was declared lost cannot dead-letter a task that was released since."""
    submission = Submission(payload={})
    new = accepted(
        submission, task_id=f"task-{next(_numbers)}", max_attempts=3, correlation_id="c", at=BEGINNING
    )
    table.accept(new, submission.fingerprint())
    claimed = table.claim(new.task_id, 0, claimant="one", at=BEGINNING, lease_ends=BEGINNING + LEASE)
    assert isinstance(claimed, Claimed)
    lost = claimed.task
    later = BEGINNING + 2 * LEASE
    assert table.park_for_turn(lost, at=later, check_at=later).done
    parked = table.get(new.task_id)
    assert parked is not None
    assert table.released(parked, at=later + LEASE) is not None

    assert not table.dead_lettered(lost, ERROR, at=later + 2 * LEASE).done
    found = table.get(new.task_id)
    assert found is not None
    assert (found.status, found.attempts) == (Status.PENDING, lost.attempts)


def test_a_task_that_is_to_be_cancelled_is_not_tried_again(table: TaskTable) -> None:
    """A task with a requested cancellation ends as soon as its attempt fails, without a retry.

    Its error is that of the last attempt.
    """
    submission = Submission(payload={})
    new = accepted(
        submission, task_id=f"task-{next(_numbers)}", max_attempts=3, correlation_id="c", at=BEGINNING
    )
    table.accept(new, submission.fingerprint())
    earlier = TaskError.of(Category.NETWORK, "Down", "it was down")
    first = table.claim(new.task_id, 0, claimant="zero", at=BEGINNING, lease_ends=BEGINNING + LEASE)
    assert isinstance(first, Claimed)
    assert table.retrying(first.task, earlier, 0, receipt_handle="handle", at=BEGINNING)
    claimed = table.claim(new.task_id, 0, claimant="one", at=BEGINNING, lease_ends=BEGINNING + LEASE)
    assert isinstance(claimed, Claimed)
    task, by, later = claimed.task, Requester(source_address="192.0.2.1"), BEGINNING + 2 * LEASE
    assert table.ask_to_cancel(task, by=by).done

    assert not table.retrying(task, ERROR, 1, receipt_handle="handle", at=later)
    assert not table.park_for_retry(task, 90, error=ERROR, at=later).done
    assert not table.park_for_circuit(task, "a.example", at=later)
    assert not table.park_for_turn(task, at=later, check_at=later).done
    assert not table.park_for_pause(task, at=later).done
    assert not table.dead_lettered(task, ERROR, at=later).done
    again = table.claim(new.task_id, 0, claimant="two", at=later, lease_ends=later + LEASE)
    assert not isinstance(again, Claimed)
    asked = table.get(new.task_id)
    assert asked is not None
    assert table.cancelled_instead(asked, ERROR, at=later).done
    found = table.get(new.task_id)
    assert found is not None
    assert (found.status, found.error, found.history[-1].error) == (Status.CANCELLED, ERROR, ERROR)
    assert found.history[-1].requested_by == by


def test_no_order_of_events_breaks_a_task(table: TaskTable) -> None:
    """Ended tasks stay ended, one attempt runs at a time, and only its own function reports its outcome."""

    class OnTheTable(Lifecycle):
        pass

    OnTheTable.table = table
    run_state_machine_as_test(
        OnTheTable,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
