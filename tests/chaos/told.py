"""Callback deliveries of a task's ends, as recorded in the table."""

import itertools
from typing import Any

from lambdas.domain.callback import delivery_id
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from lambdas.store.table import TaskTable


def delivery_of(table: TaskTable, task: Task, status: Status, generation: int = 0) -> Task | None:
    """Return the callback delivery of an end; None if there is none."""
    since = rfc3339(task.submitted_at)
    return table.get(delivery_id("task", task.task_id, since, generation, status))


def told_ends(table: TaskTable, task: Task) -> set[tuple[int, Status]]:
    """Return the generations and states of the ends that have deliveries, after checking each delivery."""
    found = set()
    for generation, status in itertools.product(range(3), Status):
        delivery = delivery_of(table, task, status, generation)
        if delivery is not None:
            body: Any = delivery.payload["body"]
            assert (body["taskId"], body["generation"], body["status"]) == (task.task_id, generation, status)
            assert ("result" in body) == (status is Status.SUCCEEDED)
            assert delivery.status is Status.PENDING
            found.add((generation, status))
    return found
