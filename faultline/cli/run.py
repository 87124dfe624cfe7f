"""`faultline run`: run a waiting task now."""

from faultline.cli import display
from faultline.cli.command_failure import succeeded
from faultline.cli.options import Aws, Json, Port, Stage, TaskId, Yes
from faultline.cli.stage_access import stage_access
from sandbox.process.lifecycle import DEFAULT_PORT


def run(
    task_id: TaskId,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Run a waiting task now, whether it waits for its time, a retry or a circuit.

    A task that waits for earlier tasks of its ordering key cannot be run before them.
    """
    at = stage_access(stage_name, port, aws=aws, changes="run now", yes=yes)
    queued = succeeded(at.api().run(task_id)).body
    if as_json:
        display.print_json(queued)
    else:
        display.out.print(queued["taskId"], display.status(queued["status"]))
