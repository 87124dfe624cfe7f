"""Web console of a sandbox: only a listening socket until a browser connects.

The console's process is marked as part of the sandbox, so that both are stopped together.
"""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from threading import Thread

from faultline.cli import listening_placeholder
from faultline.console.guard import Access
from faultline.console.listener import listen
from infra.stages import StageSettings, stage
from sandbox.process import launch, lifecycle, state_file
from sandbox.process.state_file import Sandbox

_TOKEN_VARIABLE = "FAULTLINE_CONSOLE_TOKEN"  # noqa: S105 # the name: other users can read a command's arguments
_RECORD = "console.json"
_LOG = "console.log"


def offer(sandbox: Sandbox, settings: StageSettings, port: int) -> str:
    """Offer a console for as long as the sandbox runs, and return its address.

    Args:
        sandbox: The sandbox.
        settings: Settings of the stage that is deployed to it.
        port: Port of the console on 127.0.0.1; 0 for any free one.

    Raises:
        OperationFailed: If the port is in use, or cannot be opened for another reason.
    """
    with listen(port, option="--console-port") as listener:
        access = Access(port=listener.getsockname()[1])
        process = _waiting(sandbox, settings, access, listener)
    record = {"pid": process.pid, "stage": settings.name, "address": access.address}
    (sandbox.state_dir / _RECORD).write_text(json.dumps(record))  # the folder is this user's alone
    return access.address


def offered(endpoint_url: str | None, sandbox_port: int, settings: StageSettings) -> str | None:
    """Return the address of the console that a sandbox offers.

    Args:
        endpoint_url: Endpoint that the caller uses; None for AWS.
        sandbox_port: Port of the sandbox.
        settings: Settings of the stage.

    Returns:
        The address; None if the endpoint is not a sandbox of this user, or offers no console for the stage.
    """
    sandbox = lifecycle.find(sandbox_port)
    if not sandbox or sandbox.endpoint_url != endpoint_url:
        return None
    try:
        record = json.loads((sandbox.state_dir / _RECORD).read_text())
    except (OSError, ValueError):
        return None
    is_running = state_file.process_of(replace(sandbox, pid=record["pid"])) is not None
    return str(record["address"]) if is_running and record["stage"] == settings.name else None


def _waiting(
    sandbox: Sandbox, settings: StageSettings, access: Access, listener: socket.socket
) -> subprocess.Popen[bytes]:
    """Start the process that waits for a browser on the socket."""
    this = [sys.executable, "-m", __name__]
    server = [*this, settings.name, str(sandbox.port), str(access.port), str(listener.fileno())]
    placeholder = [sys.executable, "-I", "-S", listening_placeholder.__file__]
    waits = [*placeholder, str(listener.fileno()), str(sandbox.pid)]
    with (sandbox.state_dir / _LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*waits, *server],
            env={**os.environ, launch.IDENTITY: sandbox.identity, _TOKEN_VARIABLE: access.token},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # it ends with the sandbox, not by a Ctrl-C in this terminal
        )
    _started.append(process)
    return process


_started: list[subprocess.Popen[bytes]] = []
"""References to running processes, since Python warns if their Popen is garbage-collected."""


def _serve(stage_name: str, sandbox_port: int, access: Access, listener: socket.socket) -> None:
    """Serve the console of a sandbox until the sandbox ends."""
    from faultline.cli.console import gateway_to
    from faultline.cli.stage_access import StageAccess
    from faultline.client.authentication import API_KEY_VARIABLE
    from faultline.console.server import serve
    from faultline.operations import api_keys, target

    sandbox = lifecycle.find(sandbox_port)
    if not sandbox:
        return
    Thread(target=_end_with, args=[sandbox], daemon=True).start()
    found, settings = target.of_sandbox(sandbox), stage(stage_name)
    if settings.authentication == "api-key":
        key = api_keys.create(found.session, settings, f"console-{os.getpid()}")
        os.environ[API_KEY_VARIABLE] = key.value or ""
    at = StageAccess(
        session=found.session,
        settings=settings,
        description=found.description,
        endpoint_url=found.endpoint_url,
    )
    serve(gateway_to(at, sandbox_port=sandbox_port), access, listener)


def _end_with(sandbox: Sandbox) -> None:
    lifecycle.wait(sandbox)
    os._exit(0)  # there is nothing to save, and browsers may keep connections open


if __name__ == "__main__":  # STAGE, SANDBOX'S PORT, CONSOLE'S PORT, FILE DESCRIPTOR
    _serve(
        sys.argv[1],
        int(sys.argv[2]),
        Access(port=int(sys.argv[3]), token=os.environ.pop(_TOKEN_VARIABLE)),
        socket.socket(fileno=int(sys.argv[4])),
    )
