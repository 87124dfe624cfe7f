"""`faultline console`: the web console of a stage, served on this machine."""

from typing import Annotated

import typer

from faultline.cli.options import Aws, Stage
from faultline.cli.place import Place, place
from sandbox.process.lifecycle import DEFAULT_PORT

DEFAULT_CONSOLE_PORT = 4580
_READ_ONLY = ("staging", "prod")
"""Stages in which the console only reads, unless --write is given."""


def console(
    stage_name: Stage = None,
    console_port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The console's port on 127.0.0.1; 0 for any.")
    ] = DEFAULT_CONSOLE_PORT,
    write: Annotated[
        bool | None,
        typer.Option("--write/--read-only", help="Allow actions; by default only in dev and test."),
    ] = None,
    port: Annotated[
        int, typer.Option("--sandbox-port", min=0, max=65535, help="The sandbox's port on 127.0.0.1.")
    ] = DEFAULT_PORT,
    aws: Aws = False,
) -> None:
    """Serve the web console on this machine, and print its address; Ctrl-C ends it.

    The address has a token, so that nobody else on this machine can use the console. Keep it to yourself.
    """
    at = place(stage_name, port, aws=aws)
    # Imported late: no other command needs the libraries of a web server.
    from faultline.console.gateway import Gateway
    from faultline.console.guard import Access
    from faultline.console.server import free_port, serve

    gateway = Gateway(
        api=at.api(),
        session=at.session,
        settings=at.settings,
        description=at.description,
        endpoint_url=at.endpoint_url,
        place=_options(at, port),
        is_writable=at.settings.name not in _READ_ONLY if write is None else write,
    )
    access = Access(port=free_port(console_port))
    print(f"Console: {access.address}", flush=True)
    serve(gateway, access)


def _options(at: Place, port: int) -> tuple[str, ...]:
    """Return the options by which a command finds the same place."""
    if at.is_aws:
        return ("--aws", "--stage", at.settings.name)
    return ("--stage", at.settings.name, *(() if port == DEFAULT_PORT else ("--port", str(port))))
