"""The `faultline` command: its subcommands, its exit status and its one-line errors.

Exit status: 0 done, 1 failed, 2 wrong usage. An error is one line on standard error.
"""

import os
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

import typer
from rich.markup import escape
from typer.exceptions import TyperException

from faultline.cli import dlq_report, faults, keys, lifecycle, tasks
from faultline.cli.calls import CommandFailed
from faultline.cli.circuits import circuits
from faultline.cli.dashboard.command import dashboard
from faultline.cli.demonstration.command import demo
from faultline.cli.deployment_policy import deployment_policy
from faultline.cli.display import err, say
from faultline.cli.openapi import openapi
from faultline.cli.permissions import permissions
from faultline.cli.redrive import redrive
from faultline.cli.trace.command import trace
from faultline.client.api import ApiUnreachable
from faultline.client.authentication import MissingApiKey
from faultline.operations.errors import OperationFailed
from infra.errors import InfraError
from sandbox.process.errors import SandboxError

_COMMANDS: tuple[Callable[..., None], ...] = (
    *(openapi, permissions, redrive, circuits, dashboard, deployment_policy, trace),
    *(lifecycle.up, lifecycle.down, lifecycle.deploy, lifecycle.outputs, demo),
    *(tasks.submit, tasks.task, tasks.cancel, tasks.tasks),
)
"""The subcommands, in the order of the help."""

_FAILURES = (CommandFailed, ApiUnreachable, MissingApiKey, OperationFailed, SandboxError, InfraError)
"""Errors whose message is one line for a person."""

_INTERRUPTED = 130
"""The exit status that typer turns a KeyboardInterrupt into."""

app = typer.Typer(
    help="Fault-tolerant task processing on AWS that runs whole on a laptop.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(faults.app, name="faults")
app.add_typer(dlq_report.app, name="dlq")
app.add_typer(keys.app, name="keys")


def main() -> NoReturn:
    """Run the command. An error that a person can act on is one line, never a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # A reader of `up` through a pipe waits for its lines.
    try:
        status = app(standalone_mode=False)
    except TyperException as error:
        if (
            message := error.format_message()
        ):  # It is empty when no command was given and the help is printed.
            say(f"faultline: {message}")
        sys.exit(2)
    except _FAILURES as error:
        err.print(f"faultline: {escape(str(error))}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough; the interpreter must not fail to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if status == _INTERRUPTED:
        say("faultline: interrupted")
        sys.exit(1)
    sys.exit(status or 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
