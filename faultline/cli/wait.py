"""`faultline wait`."""

from typing import Annotated, Any

import typer

from faultline.cli import display
from faultline.cli.calls import CommandFailed, succeeded
from faultline.cli.display import out, print_json
from faultline.cli.options import Aws, Json, Port, Stage, TaskId
from faultline.cli.place import place
from faultline.client.api import ApiClient
from faultline.client.waiting import has_ended, wait_for_end
from sandbox.process.lifecycle import DEFAULT_PORT

Timeout = Annotated[float, typer.Option(min=0, help="How many seconds to wait at most.")]
DEFAULT_TIMEOUT = 60.0


def wait(
    task_id: TaskId,
    timeout: Timeout = DEFAULT_TIMEOUT,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Wait for a task to end, and fail unless it has succeeded."""
    show_end(place(stage_name, port, aws=aws).api(), task_id, timeout, as_json=as_json)


def show_end(api: ApiClient, task_id: str, timeout: float, *, as_json: bool) -> None:
    """Wait for a task to end, and print it.

    Raises:
        CommandFailed: If it does not end in time, or has not succeeded.
    """
    answer = succeeded(wait_for_end(api, task_id, timeout))
    task: dict[str, Any] = answer.body
    if as_json:
        print_json(task)
    else:
        out.print(task["taskId"], display.status(task["status"]))
    if not has_ended(answer):
        raise CommandFailed(f"{task_id} is {task['status']} and has not ended after {timeout:g} s")
    if task["status"] != "SUCCEEDED":
        error = task.get("error")
        why = f": {error['category']}: {error['message']}" if error else ""
        raise CommandFailed(f"{task_id} is {task['status']}{why}")
