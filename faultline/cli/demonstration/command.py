"""`faultline demo`: run the demonstration."""

from functools import partial
from typing import Annotated

import boto3
import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.console import serve_console
from faultline.cli.demonstration.run import run
from faultline.cli.display import say, with_markup
from faultline.cli.stage_access import StageAccess
from faultline.cli.up import deployed_sandbox
from faultline.operations import target
from faultline.operations.api import api_client
from faultline.operations.circuits import read_circuits
from faultline.operations.dead_letter_report import read_report
from faultline.operations.releases import start_release
from faultline.operations.traces import read_trace
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process import lifecycle
from sandbox.process.lifecycle import DEFAULT_PORT


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running afterwards.")] = False,
    in_console: Annotated[
        bool, typer.Option("--console", help="Play the scenes yourself, in the web console.")
    ] = False,
) -> None:
    """Demonstrate failure handling with real tasks that fail in all kinds of ways, and show how each ends.

    If AWS_ENDPOINT_URL is set, the stack there is used; otherwise a sandbox is started on a free port.
    """
    settings = stage(DEFAULT_STAGE)
    if in_console:
        _play_in_console(settings)
        return
    if found := target.emulator_in_variable():
        session = found.session
        start_release(session, settings)
        broken = _demonstrate(session, settings)
    else:
        with deployed_sandbox(settings, port=0) as (sandbox, _):
            session = target.of_sandbox(sandbox).session
            start_release(session, settings)
            broken = _demonstrate(session, settings)
            if keep:
                say(f"The sandbox keeps running; to stop it: faultline down --port {sandbox.port}")
            else:
                lifecycle.stop(sandbox.port, only=sandbox)
    if broken:
        raise CommandFailed(f"{len(broken)} of the promises did not hold")


def _play_in_console(settings: StageSettings) -> None:
    """Serve a console with the scenes until Ctrl-C; start a sandbox unless AWS_ENDPOINT_URL is set."""
    if found := target.emulator_in_variable():
        start_release(found.session, settings)
        _serve(found, settings, DEFAULT_PORT)
        return
    with deployed_sandbox(settings, port=0) as (sandbox, _):
        found = target.of_sandbox(sandbox)
        start_release(found.session, settings)
        _serve(found, settings, sandbox.port)
        lifecycle.stop(sandbox.port, only=sandbox)


def _serve(found: target.Target, settings: StageSettings, sandbox_port: int) -> None:
    at = StageAccess(
        session=found.session,
        settings=settings,
        description=found.description,
        endpoint_url=found.endpoint_url,
    )
    say("Open the address below and choose Break it, where each scene has a button.")
    serve_console(at, 0, sandbox_port=sandbox_port, open_browser=True)


def _demonstrate(session: boto3.Session, settings: StageSettings) -> list[str]:
    return run(
        api_client(session, settings),
        with_markup,
        circuits=partial(read_circuits, session, settings),
        trace=partial(read_trace, session),
        dead_letters=partial(read_report, session, settings),
    )
