"""`faultline console`: serve the web console of a stage on this machine."""

import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from faultline.cli.options import DEFAULT_CONSOLE_PORT, Aws, Stage, forget_target
from faultline.cli.stage_access import StageAccess, stage_access
from sandbox.process.lifecycle import DEFAULT_PORT

if TYPE_CHECKING:
    from faultline.console.gateway import Gateway

_READ_ONLY = ("staging", "prod")
"""Stages whose console is read-only, unless --write is given."""


def console(
    stage_name: Stage = None,
    console_port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The console's port on 127.0.0.1; 0 for any.")
    ] = DEFAULT_CONSOLE_PORT,
    write: Annotated[
        bool | None,
        typer.Option(
            "--write/--read-only",
            help="Whether the console may change anything; by default only in dev and test.",
        ),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the console in the browser.")] = False,
    listen_in_container: Annotated[
        bool,
        typer.Option(
            "--listen-in-container",
            help="Listen on all addresses of a container that publishes port 4580 as --port on 127.0.0.1.",
            hidden=True,
        ),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--sandbox-port",
            min=0,
            max=65535,
            callback=forget_target,
            help="The sandbox's port on 127.0.0.1.",
        ),
    ] = DEFAULT_PORT,
    aws: Aws = False,
) -> None:
    """Serve the web console on this machine, and print its address; Ctrl-C ends it.

    The address contains a token, so that other users of this machine cannot open the console. Keep it secret.
    By default, the address of the console that `faultline up` serves is printed instead, if there is one.
    """
    from faultline.cli.sandbox_console import offered

    if listen_in_container and not console_port:  # a container cannot learn which port was chosen
        raise CommandFailed("FAULTLINE_CONSOLE_PORT is 0; it can be from 1 to 65535")
    at = stage_access(stage_name, port, aws=aws)
    is_usual = console_port == DEFAULT_CONSOLE_PORT and write is None and not listen_in_container
    if is_usual and (address := offered(at.endpoint_url, port, at.settings)):
        print(f"Console: {address}")
        say("It is served by the sandbox, and stops with it.")
        if open_browser:
            webbrowser.open(address)
        return
    serve_console(
        at,
        console_port,
        sandbox_port=port,
        write=write,
        open_browser=open_browser,
        in_container=listen_in_container,
    )


def serve_console(
    at: StageAccess,
    console_port: int,
    *,
    sandbox_port: int,
    write: bool | None = None,
    open_browser: bool = False,
    in_container: bool = False,
) -> None:
    """Print the address of a console, and serve it until Ctrl-C.

    Args:
        at: The stage and where it runs.
        console_port: Port on 127.0.0.1; 0 for any free one.
        sandbox_port: Port that commands use to find the sandbox.
        write: Whether the console may change anything; None for the default of the stage.
        open_browser: Whether to open the console in the browser.
        in_container: Whether the console runs in a container that publishes port DEFAULT_CONSOLE_PORT as
            `console_port` on 127.0.0.1.

    Raises:
        OperationFailed: If the port is in use, or cannot be opened for another reason.
    """
    # The libraries of a web server are imported here, since no other command needs them, and before the
    # console listens, so that browsers need not wait.
    from faultline.console.guard import Access
    from faultline.console.listener import IN_CONTAINER, listen
    from faultline.console.server import serve

    gateway = gateway_to(at, sandbox_port=sandbox_port, write=write)
    if in_container:
        access, listener = Access(port=console_port), listen(DEFAULT_CONSOLE_PORT, IN_CONTAINER)
    else:
        listener = listen(console_port)
        access = Access(port=listener.getsockname()[1])
    print(f"Console: {access.address}", flush=True)
    with suppress(KeyboardInterrupt):  # Ctrl-C is the regular way to end it
        serve(gateway, access, listener, open_browser=open_browser)
    say("stopped")


def gateway_to(at: StageAccess, *, sandbox_port: int, write: bool | None = None) -> "Gateway":
    """Return a console's access to a stage.

    Args:
        at: The stage and where it runs.
        sandbox_port: Port that commands use to find the sandbox.
        write: Whether the console may change anything; None for the default of the stage.
    """
    from faultline.console.gateway import Gateway

    return Gateway(
        api=at.api(),
        session=at.session,
        settings=at.settings,
        description=at.description,
        endpoint_url=at.endpoint_url,
        place=_options(at, sandbox_port),
        is_writable=at.settings.name not in _READ_ONLY if write is None else write,
    )


def _options(at: StageAccess, port: int) -> tuple[str, ...]:
    """Return the command options that select the stage."""
    if at.is_aws:
        return ("--aws", "--stage", at.settings.name)
    return ("--stage", at.settings.name, *(() if port == DEFAULT_PORT else ("--port", str(port))))
