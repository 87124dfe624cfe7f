"""`faultline up`, `down`, `deploy` and `outputs`: the life of a sandbox and of a stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from faultline.cli.calls import CommandFailed
from faultline.cli.curl import first_steps
from faultline.cli.display import err, print_json, say
from faultline.cli.options import Json, Port, Stage
from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.change_set import ResourceEvent
from infra.deploy.deployment import deploy as deploy_stack
from infra.deploy.deployment import platform
from infra.deploy.outputs import Outputs
from infra.deploy.outputs import outputs as stack_outputs
from infra.deploy.packaging import PACKAGE, build, local_platform
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import lifecycle
from sandbox.process.lifecycle import DEFAULT_PORT
from sandbox.process.state_file import Sandbox


def up(
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready.")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Run the code under lambdas/ as it is at each invocation.")
    ] = False,
) -> None:
    """Start LocalStack and deploy the stack to it; Ctrl-C stops it."""
    try:
        live = PACKAGE if reload else None
        with deployed_sandbox(stage(stage_name), port, live=live) as (sandbox, found):
            _print_outputs(stage(stage_name), found, sandbox.endpoint_url)
            if detach:
                say(f"It runs as process {sandbox.pid}; to stop it: faultline down --port {sandbox.port}")
                return
            say("Ctrl-C stops it.")
            lifecycle.wait(sandbox)
            raise CommandFailed(f"LocalStack has ended; its log: {sandbox.log_file}")
    except KeyboardInterrupt:
        if detach:
            raise
        say("stopped")  # An interrupt is the regular way to end this command.


def down(port: Port = DEFAULT_PORT) -> None:
    """Stop the sandbox and every process that it started."""
    if not lifecycle.stop(port):
        raise CommandFailed(f"no sandbox runs on port {port}")
    say("stopped")


def deploy(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Deploy the stack, or the changes since its last deployment."""
    settings = stage(stage_name)
    goal = target.find(port)
    say(f"deploying {settings.stack_name} to {goal.description} ...")
    artifact = build(platform(goal.session, settings))
    found = deploy_stack(goal.session, settings, artifact, resolvers(), progress=_show_event, notice=say)
    _print_outputs(settings, found, goal.description, as_json=as_json)


def outputs(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Print the stack's outputs: the API's URL, the queues, the table."""
    settings, goal = stage(stage_name), target.find(port)
    _print_outputs(settings, stack_outputs(goal.session, settings), goal.description, as_json=as_json)


@contextmanager
def deployed_sandbox(
    settings: StageSettings, port: int, *, live: Path | None = None
) -> Iterator[tuple[Sandbox, Outputs]]:
    """Start a sandbox and deploy a stage to it. An error or interrupt within the block stops it.

    Args:
        settings: The stage.
        port: The port on 127.0.0.1; 0 for any free one.
        live: A folder to run the functions from, in place of the artifact.
    """
    say("building the functions' artifact ...")
    artifact = build(local_platform())
    say("starting LocalStack ...")
    sandbox = lifecycle.start(port, live=live)
    try:
        say(f"deploying {settings.stack_name} ...")
        session = target.of_sandbox(sandbox).session
        yield sandbox, deploy_stack(session, settings, artifact, resolvers(), notice=say)
    except BaseException:
        lifecycle.stop(sandbox.port)
        raise


def _show_event(event: ResourceEvent) -> None:
    """Print the end of the work on a resource; its start is not worth a line."""
    if not event.status.endswith("_IN_PROGRESS"):
        err.print(f"  {event.status:<20} {event.logical_id:<28} {escape(event.reason)}")


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
