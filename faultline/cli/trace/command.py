"""`faultline trace`: options and output."""

from dataclasses import asdict

from faultline.cli.command_failure import CommandFailed, succeeded
from faultline.cli.display import out, print_json
from faultline.cli.options import Aws, Json, Port, Stage, TaskId
from faultline.cli.stage_access import stage_access
from faultline.cli.trace.waterfall import waterfall
from faultline.operations.traces import read_trace
from sandbox.process.lifecycle import DEFAULT_PORT


def trace(
    task_id: TaskId,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Draw a task's trace: its submission, its attempts, and the calls that they made."""
    at = stage_access(stage_name, port, aws=aws)
    task = succeeded(at.api().task(task_id)).body
    if "traceId" not in task:
        raise CommandFailed(f"{task_id} was not traced: X-Ray only samples some of the requests")
    found = read_trace(at.session, task["traceId"])
    if as_json:
        print_json([asdict(span) for span in found])
    else:
        out.print(waterfall(found, out.width))
        out.print(f"\ntrace {task['traceId']}")
