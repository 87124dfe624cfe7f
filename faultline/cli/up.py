"""`faultline up`: a sandbox with the stack in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from faultline.cli.calls import CommandFailed
from faultline.cli.display import say
from faultline.cli.options import Port, Stage
from faultline.cli.outputs import print_outputs
from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.deployment import deploy as deploy_stack
from infra.deploy.outputs import Outputs
from infra.deploy.packaging import PACKAGE, build, local_platform
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import lifecycle
from sandbox.process.lifecycle import DEFAULT_PORT
from sandbox.process.state_file import Sandbox


def up(
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready.")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Run the code under lambdas/ as it is at each invocation.")
    ] = False,
) -> None:
    """Start LocalStack and deploy the stack to it; Ctrl-C stops it."""
    try:
        settings, live = stage(stage_name or DEFAULT_STAGE), PACKAGE if reload else None
        with deployed_sandbox(settings, port, live=live) as (sandbox, found):
            print_outputs(settings, found, sandbox.endpoint_url)
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
