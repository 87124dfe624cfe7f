"""The `faultline` command.

Exit status: 0 done, 1 failed, 2 wrong usage. An error is one line on standard error.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import boto3
import typer
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from faultline.cli import calls, display, dlq_report, faults, keys
from faultline.cli.calls import CommandFailed, api_of, succeeded
from faultline.cli.circuits import circuits, read_circuits
from faultline.cli.curl import first_steps
from faultline.cli.dashboard.command import dashboard
from faultline.cli.demonstration.run import run as run_demonstration
from faultline.cli.deployment_policy import deployment_policy
from faultline.cli.display import out, print_json
from faultline.cli.dlq_report import read_report
from faultline.cli.openapi import openapi
from faultline.cli.options import Json, Port, Stage
from faultline.cli.permissions import permissions
from faultline.cli.redrive import redrive
from faultline.cli.trace.command import read_trace, trace
from faultline.client.api import ApiUnreachable
from faultline.client.authentication import MissingApiKey
from faultline.operations import releases, target
from faultline.operations.errors import OperationFailed
from faultline.operations.faults import FaultsFailed
from faultline.operations.target import NoTarget
from infra.api.openapi import resolvers
from infra.deploy.change_set import ResourceEvent
from infra.deploy.deployment import deploy as deploy_stack
from infra.deploy.deployment import platform
from infra.deploy.outputs import Outputs
from infra.deploy.outputs import outputs as stack_outputs
from infra.deploy.packaging import PACKAGE, build, local_platform
from infra.errors import InfraError
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import lifecycle
from sandbox.process.errors import SandboxError
from sandbox.process.lifecycle import DEFAULT_PORT
from sandbox.process.state_file import Sandbox

app = typer.Typer(
    help="Fault-tolerant task processing on AWS that runs whole on a laptop.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(faults.app, name="faults")
app.add_typer(dlq_report.app, name="dlq")
app.add_typer(keys.app, name="keys")
app.command()(openapi)
app.command()(permissions)
app.command()(redrive)
app.command()(circuits)
app.command()(dashboard)
app.command()(deployment_policy)
app.command()(trace)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# What typer makes of a KeyboardInterrupt.
INTERRUPTED = 130


@app.command()
def up(
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready.")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Run what is saved under lambdas/ at the next invocation.")
    ] = False,
) -> None:
    """Start LocalStack and deploy the stack to it; Ctrl-C stops it."""
    try:
        live = PACKAGE if reload else None
        with _deployed_sandbox(stage(stage_name), port, live=live) as (sandbox, found):
            _print_outputs(stage(stage_name), found, sandbox.endpoint_url)
            if detach:
                _say(f"It runs as process {sandbox.pid}; to stop it: faultline down --port {sandbox.port}")
                return
            _say("Ctrl-C stops it.")
            lifecycle.wait(sandbox)
            raise CommandFailed(f"LocalStack has ended; its log: {sandbox.log_file}")
    except KeyboardInterrupt:
        if detach:
            raise
        _say("stopped")  # as it was meant to be


@app.command()
def down(port: Port = DEFAULT_PORT) -> None:
    """Stop the sandbox and every process that it started."""
    if not lifecycle.stop(port):
        raise CommandFailed(f"no sandbox runs on port {port}")
    _say("stopped")


@app.command()
def deploy(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Deploy the stack, or what has changed of it."""
    settings = stage(stage_name)
    goal = target.find(port)
    _say(f"deploying {settings.stack_name} to {goal.description} ...")
    artifact = build(platform(goal.session, settings))
    found = deploy_stack(goal.session, settings, artifact, resolvers(), progress=_show_event, notice=_say)
    _print_outputs(settings, found, goal.description, as_json=as_json)


@app.command()
def outputs(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Print the stack's outputs: the API's URL, the queues, the table."""
    settings, goal = stage(stage_name), target.find(port)
    _print_outputs(settings, stack_outputs(goal.session, settings), goal.description, as_json=as_json)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running afterwards.")] = False,
) -> None:
    """Show failure handling: real tasks, failing in every way, and what becomes of them.

    It uses the stack at AWS_ENDPOINT_URL when that is set, else a sandbox of its own on a free port.
    """
    settings = stage(DEFAULT_STAGE)
    if os.environ.get("AWS_ENDPOINT_URL"):
        broken = _demonstrate(target.find(DEFAULT_PORT).session, settings)
    else:
        with _deployed_sandbox(settings, port=0) as (sandbox, _):
            session = target.of_sandbox(sandbox).session
            releases.begin(session, settings)
            broken = _demonstrate(session, settings)
            if keep:
                _say(f"The sandbox stays; to stop it: faultline down --port {sandbox.port}")
            else:
                lifecycle.stop(sandbox.port)
    if broken:
        raise CommandFailed(f"{len(broken)} of the promises did not hold")


@app.command()
def submit(
    payload: Annotated[str, typer.Argument(help="The task's payload, a JSON object.")] = "{}",
    kind: Annotated[str, typer.Option("--type", help="The kind of work.")] = "echo",
    task_id: Annotated[str | None, typer.Option("--id", help="Makes the submission repeatable.")] = None,
    ordering_key: Annotated[str | None, typer.Option(help="Tasks of one key run in order.")] = None,
    run_at: Annotated[str | None, typer.Option(help="Not before then: 2026-01-31T12:00:00Z.")] = None,
    simulate: Annotated[str | None, typer.Option(help='For example {"failures": 2}.')] = None,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """Submit a task."""
    submission: dict[str, Any] = {"type": kind, "payload": _json_argument("PAYLOAD", payload)}
    if task_id is not None:
        submission["taskId"] = task_id
    if ordering_key is not None:
        submission["orderingKey"] = ordering_key
    if run_at is not None:
        submission["runAt"] = run_at
    if simulate is not None:
        submission["simulate"] = _json_argument("--simulate", simulate)
    answer = succeeded(api_of(stage_name, port).submit(submission))
    if as_json:
        print_json(answer.body)
    else:
        out.print(answer.body["taskId"], display.status(answer.body["status"]))


@app.command()
def task(
    task_id: str, stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False
) -> None:
    """Show a task and its history."""
    answer = succeeded(api_of(stage_name, port).task(task_id))
    if as_json:
        print_json(answer.body)
        return
    out.print(display.task_table([answer.body]))
    out.print()
    out.print(display.history_table(answer.body))
    if "analysis" in answer.body:
        out.print()
        out.print(display.analysis_table(answer.body["analysis"]))
    if "result" in answer.body:
        out.print("\nresult:", escape(json.dumps(answer.body["result"])))


@app.command()
def cancel(
    task_id: str, stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False
) -> None:
    """Cancel a task that does not run; a dead letter, too."""
    cancelled = succeeded(api_of(stage_name, port).cancel(task_id)).body
    if as_json:
        print_json(cancelled)
    else:
        out.print(cancelled["taskId"], display.status(cancelled["status"]))


@app.command()
def tasks(
    status: Annotated[str | None, typer.Option(help="Only tasks in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
) -> None:
    """List tasks, newest first."""
    api = api_of(stage_name, port)
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"status": status} if status else {}
    while len(found) < limit:
        page = succeeded(api.tasks(limit=min(100, limit - len(found)), **query)).body
        found += page["tasks"]
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    if as_json:
        print_json(found)
    else:
        out.print(display.task_table(found))


@contextmanager
def _deployed_sandbox(
    settings: StageSettings, port: int, *, live: Path | None = None
) -> Iterator[tuple[Sandbox, Outputs]]:
    """A sandbox with the stack in it; an error within the block, an interrupt too, stops it."""
    _say("building the functions' artifact ...")
    artifact = build(local_platform())
    _say("starting LocalStack ...")
    sandbox = lifecycle.start(port, live=live)
    try:
        _say(f"deploying {settings.stack_name} ...")
        session = target.of_sandbox(sandbox).session
        yield sandbox, deploy_stack(session, settings, artifact, resolvers(), notice=_say)
    except BaseException:
        lifecycle.stop(sandbox.port)
        raise


def main() -> NoReturn:
    """Run the command; what a person can mend is one line, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # who reads `up` through a pipe waits for its lines
    try:
        status = app(standalone_mode=False)
    except TyperException as error:
        if message := error.format_message():  # there is none where no command was given: its help is printed
            _say(f"faultline: {message}")
        sys.exit(2)
    except (
        CommandFailed,
        ApiUnreachable,
        FaultsFailed,
        MissingApiKey,
        NoTarget,
        OperationFailed,
        SandboxError,
        InfraError,
    ) as error:
        err.print(f"faultline: {escape(str(error))}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if status == INTERRUPTED:
        _say("faultline: interrupted")
        sys.exit(1)
    sys.exit(status or 0)


def _demonstrate(session: boto3.Session, settings: StageSettings) -> list[str]:
    return run_demonstration(
        calls.api(session, settings),
        out,
        circuits=partial(read_circuits, session, settings),
        trace=partial(read_trace, session),
        dead_letters=partial(read_report, session, settings),
    )


def _show_event(event: ResourceEvent) -> None:
    """A resource that is done, or has failed; that it has begun tells nobody anything."""
    if not event.status.endswith("_IN_PROGRESS"):
        err.print(f"  {event.status:<20} {event.logical_id:<28} {escape(event.reason)}")


def _say(line: str) -> None:
    err.print(escape(line))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _json_argument(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{name} is not JSON: {error}") from error


def _print_outputs(settings: StageSettings, found: Outputs, where: str, *, as_json: bool = False) -> None:
    values = found.by_name()
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        print(f"{name:<15} {value}")
    print(f"{'Endpoint':<15} {where}")
    print("\nSubmit a task:")
    for line in first_steps(found.api_url, settings):
        print(f"  {line}")


if __name__ == "__main__":
    main()
