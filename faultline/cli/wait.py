"""`faultline wait`: wait for a task to end."""

import os
import shlex
from typing import Annotated

import typer

from faultline.cli import display
from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import as_json, out, print_json
from faultline.cli.options import TARGET_VARIABLES, Aws, Json, Port, Stage, TaskId
from faultline.cli.stage_access import stage_access
from faultline.client import Client, Status
from sandbox.process.lifecycle import DEFAULT_PORT

Timeout = Annotated[float, typer.Option(min=0, help="Maximum time to wait, in seconds.")]
DEFAULT_TIMEOUT = 60.0


def wait(
    task_id: TaskId,
    timeout: Timeout = DEFAULT_TIMEOUT,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    in_json: Json = False,
) -> None:
    """Wait for a task to end, and fail unless it has succeeded."""
    show_end(stage_access(stage_name, port, aws=aws).client(), task_id, timeout, in_json=in_json)


def wait_command(task_id: str, stage_name: str | None, port: int, *, aws: bool) -> str:
    """Return the command that waits for a task, with the given options."""
    is_elsewhere = aws or any(os.environ.get(name) for name in TARGET_VARIABLES)
    options = {"--stage": stage_name, "--port": None if is_elsewhere else str(port)}
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    return shlex.join(["faultline", "wait", *(["--aws"] if aws else []), *words, task_id])


def show_end(client: Client, task_id: str, timeout: float, *, in_json: bool) -> None:
    """Wait for a task to end, and print it.

    Raises:
        CommandFailed: If the task does not end in time, or does not succeed.
    """
    task = client.wait(task_id, timeout)
    if in_json:
        print_json(as_json(task))
    else:
        out.print(task_id, display.status(task.status))
    if not task.status.ended:
        raise CommandFailed(f"{task_id} is {task.status} and has not ended after {timeout:g} s")
    if task.status is not Status.SUCCEEDED:
        why = f": {task.error.category}: {task.error.message}" if task.error else ""
        raise CommandFailed(f"{task_id} is {task.status}{why}")
