"""`faultline down`: stop a sandbox."""

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from faultline.cli.options import Port
from sandbox.process import lifecycle
from sandbox.process.lifecycle import DEFAULT_PORT


def down(port: Port = DEFAULT_PORT) -> None:
    """Stop the sandbox and every process that it started."""
    if not lifecycle.stop(port):
        raise CommandFailed(f"no sandbox runs on port {port}")
    say("stopped")
