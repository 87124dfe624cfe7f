"""What callbacks told of the tasks of a storm, by the sink and by the records of their deliveries."""

import json
from collections.abc import Iterator, Mapping

from lambdas.domain.delivery import delivery_of_end
from lambdas.domain.lifecycle import Status
from lambdas.domain.task import Task
from tests.chaos.plan import TOLD_PATH
from tests.e2e.sink import Sink


def wrongly_told(tasks: Mapping[str, Task], deliveries: Mapping[str, Task], sink: Sink) -> Iterator[str]:
    """Yield each end that was not told as it must be: by one delivery, and heard unless that has died."""
    wanted = {}
    for task in tasks.values():
        delivery = delivery_of_end(task)
        if delivery is not None:
            wanted[delivery.task_id] = task
    for task_id in deliveries.keys() - wanted.keys():
        yield f"tells of no end: {task_id}"
    heard = {request.task_id: json.loads(request.body) for request in sink.done() if is_told(request.path)}
    for task_id, task in wanted.items():
        told = deliveries.get(task_id)
        if told is None:
            yield f"not told: {task.task_id}"
        elif told.status is Status.SUCCEEDED and task_id not in heard:
            yield f"told without being heard: {task.task_id}"
        elif told.status is Status.DEAD_LETTERED and told.attempts < told.max_attempts:
            yield f"given up with attempts left: {task_id} of {task.task_id}"
        if task_id in heard and heard[task_id]["status"] != task.status:
            yield f"told wrongly: {heard[task_id]}"
    for task_id in heard.keys() - wanted.keys():
        yield f"heard of no end: {task_id}"


def is_told(path: str) -> bool:
    """Whether a request to the sink is that of a callback, rather than of a task."""
    return path == f"/{TOLD_PATH}"
