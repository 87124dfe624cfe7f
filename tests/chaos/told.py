"""The ends of a task that its callback is told of, by the deliveries in the table."""

import itertools
from typing import Any

from lambdas.domain.callback import delivery_id
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from lambdas.store.table import TaskTable


def delivery_of(table: TaskTable, task: Task, status: Status, generation: int = 0) -> Task | None:
    """The delivery that tells of an end; None when there is none."""
    since = rfc3339(task.submitted_at)
    return table.get(delivery_id("task", task.task_id, since, generation, status))


def told_ends(table: TaskTable, task: Task) -> set[tuple[int, Status]]:
    """Generations and the states in which they ended, of which there are deliveries, each as it must be."""
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
