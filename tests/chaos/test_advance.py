"""Jumps ahead in time, for tasks with a deadline."""

from datetime import UTC, datetime, timedelta

from faultline.operations.advance import advance
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
        assert table.waits_for_turn(task, at=datetime.now(UTC), look_at=now + timedelta(days=9)).done
        task_ids.append(task_id)
    advance(stack.session, stack.settings, timedelta(hours=2))
    soon, later = (stack.task(task_id) for task_id in task_ids)
    assert (soon["status"], later["status"]) == ("EXPIRED", "PARKED")
    left = datetime.fromisoformat(later["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=45) < left <= timedelta(hours=46, minutes=1)
    assert stack.cancel(task_ids[1]).status == 202
