"""Jumps ahead in time, for tasks with a deadline."""

from datetime import UTC, datetime, timedelta

from faultline.operations.advance import _Clock, _Waiting, advance
from tests.e2e.direct import recorded, table_of
from tests.e2e.stack import Stack


def test_a_deadline_passes_with_the_rest(stack: Stack) -> None:
    """Advancing the time expires a task whose deadline passes, and brings later deadlines closer."""
    now = datetime.now(UTC)
    table = table_of(stack)
    task_ids = []
    for hours in (1, 48):
        task_id = recorded(stack, expiresAt=(now + timedelta(hours=hours)).isoformat())
        task = table.get(task_id)
        assert task is not None
        assert table.park_for_turn(task, at=datetime.now(UTC), check_at=now + timedelta(days=9)).done
        task_ids.append(task_id)
    advance(stack.session, stack.settings, timedelta(hours=2))
    soon, later = (stack.task(task_id) for task_id in task_ids)
    assert (soon["status"], later["status"]) == ("EXPIRED", "PARKED")
    left = datetime.fromisoformat(later["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=45) < left <= timedelta(hours=46, minutes=1)
    assert stack.cancel(task_ids[1]).status == 202


def test_a_task_that_no_longer_waits_is_left_alone(stack: Stack) -> None:
    """A task whose retry has begun since it was found waiting is skipped."""
    task_id = stack.accepted(simulate={"failures": 1, "error": "NETWORK"})
    ended = stack.ended(task_id)
    clock = _Clock(stack.session, stack.settings)
    clock.shift([_Waiting(task_id=task_id, due=datetime.now(UTC))], timedelta(hours=1))
    assert stack.task(task_id) == ended
