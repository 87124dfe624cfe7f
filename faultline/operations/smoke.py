"""Smoke test of a stage that has just been deployed."""

from uuid6 import uuid7

from faultline.client import Client
from faultline.operations.errors import SmokeTaskFailed
from infra.stage_names import options
from lambdas.application.settings import EXPERIMENTAL_STAGES
from lambdas.domain.task import Task

MAX_SECONDS = 60.0


def smoke_task(client: Client, stage: str, *, aws: bool = False, seconds: float = MAX_SECONDS) -> Task:
    """Submit an `echo` task, wait for it to end, and check that it succeeded.

    Args:
        client: Client of the stage's API.
        stage: Name of the stage. If its attempts may fail at random, this task is exempt.
        aws: Whether the stage is on AWS.
        seconds: Maximum time to wait.

    Returns:
        The task.

    Raises:
        SmokeTaskFailed: If the task has not succeeded, or has a wrong result; the message has its state.
        CallFailed: If the API refuses a call or does not respond.
    """
    task_id = f"deployment-{uuid7()}"
    payload = {"deployed": stage}
    if stage in EXPERIMENTAL_STAGES:
        client.submit(payload, type="echo", task_id=task_id, simulate={"failures": 0})
    else:
        client.submit(payload, type="echo", task_id=task_id)
    task = client.wait(task_id, seconds)
    if task.status != "SUCCEEDED" or task.result != payload:
        reason = f": {task.error.category}: {task.error.message}" if task.error else ""
        waited = "" if task.status.ended else f" after {seconds:g} s"
        raise SmokeTaskFailed(
            f"the stack is deployed, but its first task did not succeed: {task_id} is {task.status}{waited}"
            f"{reason}; to look at it: faultline task {options(stage, aws=aws)} {task_id}"
        )
    return task
