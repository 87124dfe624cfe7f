"""Checks of callbacks after a storm, against the sink's requests and the deliveries' records."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lambdas.domain.callback import delivery_id
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import rfc3339
from lambdas.domain.task import Task
from tests.chaos.plan import TOLD_PATH, PlannedBatch
from tests.e2e.sink import Sink


def wrongly_told(
    tasks: Mapping[str, Task],
    batches: Collection[PlannedBatch],
    deliveries: Mapping[str, Task],
    sink: Sink,
) -> Iterator[str]:
    """Yield an error for each delivery that is missing, superfluous, wrong or not received."""
    ends = _ends(tasks)
    told_batches = {batch.batch_id: batch for batch in batches if batch.callback_url}
    of_batches = {
        task_id: told_batches[delivery.reference]
        for task_id, delivery in deliveries.items()
        if delivery.reference in told_batches
    }
    for batch_id in told_batches:
        count = sum(batch.batch_id == batch_id for batch in of_batches.values())
        if count != 1:
            yield f"{count} deliveries tell of the end of {batch_id}"
    wanted = {**{task_id: str(end) for task_id, end in ends.items()}, **dict.fromkeys(of_batches, "a batch")}
    for task_id in deliveries.keys() - wanted.keys():
        yield f"tells of no end: {task_id}"
    heard = {request.task_id: json.loads(request.body) for request in sink.done() if is_told(request.path)}
    for task_id, what in wanted.items():
        told = deliveries.get(task_id)
        if told is None:
            yield f"not told: {what}"
        elif told.status is Status.SUCCEEDED and task_id not in heard:
            yield f"told without being heard: {what}"
        elif told.status is Status.DEAD_LETTERED and told.attempts < told.max_attempts:
            yield f"given up with attempts left: {task_id} of {what}"
        body = heard.get(task_id)
        if body and task_id in ends and (body["taskId"], body["generation"], body["status"]) != ends[task_id]:
            yield f"told wrongly: {body}"
        if body and task_id in of_batches and not _tells_of(body, of_batches[task_id], tasks):
            yield f"told wrongly: {body}"
    for task_id in heard.keys() - wanted.keys():
        yield f"heard of no end: {task_id}"


def _ends(tasks: Mapping[str, Task]) -> dict[str, tuple[str, int, Status]]:
    """Return each end that needs a callback, by the id of its delivery.

    A task is redriven only when it is dead, so all of its generations before the last have ended.
    """
    found = dict[str, tuple[str, int, Status]]()
    for task in tasks.values():
        deaths = [(generation, Status.DEAD_LETTERED) for generation in range(task.generation)]
        for generation, status in [*deaths, (task.generation, task.status)]:
            if task.callback is not None and status in task.callback.on:
                since = rfc3339(task.submitted_at)
                told_by = delivery_id("task", task.task_id, since, generation, status)
                found[told_by] = (task.task_id, generation, status)
    return found


def _tells_of(body: Mapping[str, Any], batch: PlannedBatch, tasks: Mapping[str, Task]) -> bool:
    """Return whether a body reports a batch's end; redriven tasks may be counted in any ended state."""
    members = [tasks[each["taskId"]] for each in batch.tasks]
    counts = Counter({Status(status): count for status, count in body["counts"].items()})
    succeeded = sum(task.status is Status.SUCCEEDED and not task.generation for task in members)
    return (
        (body["batchId"], body["total"], counts.total()) == (batch.batch_id, len(members), len(members))
        and all(status.ended for status in counts)
        and counts[Status.SUCCEEDED] >= succeeded
    )


def is_told(path: str) -> bool:
    """Return whether a request to the sink is a callback's rather than a task's."""
    return path == f"/{TOLD_PATH}"
