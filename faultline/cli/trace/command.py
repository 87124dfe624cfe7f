"""The command."""

from dataclasses import asdict

from faultline.cli.calls import CommandFailed, api_of, succeeded
from faultline.cli.display import out, print_json
from faultline.cli.options import Json, Port, Stage
from faultline.cli.trace.waterfall import waterfall
from faultline.operations import target
from faultline.operations.traces import read_trace
from infra.stages import DEFAULT_STAGE
from sandbox.process.lifecycle import DEFAULT_PORT


def trace(
    task_id: str, stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False
) -> None:
    """Draw a task's trace: its submission, all its attempts, and the calls that they made."""
    task = succeeded(api_of(stage_name, port).task(task_id)).body
    if "traceId" not in task:
        raise CommandFailed(f"{task_id} was not traced: X-Ray takes a sample of the requests")
    found = read_trace(target.find(port).session, task["traceId"])
    if as_json:
        print_json([asdict(span) for span in found])
    else:
        out.print(waterfall(found))
        out.print(f"\ntrace {task['traceId']}")
