"""Entry point of the `faultline` command.

The exit status is 0 for success, 1 for a failure and 2 for wrong usage. An error is a single line on standard
error.
"""

import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from faultline.cli import failures
from faultline.cli.commands import COMMANDS
from faultline.cli.display import say
from faultline.cli.lazy_group import LazyGroup

# httpx imports click and pygments, if they are installed, for a command of its own.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

_INTERRUPTED = 130
"""Typer's exit status for a KeyboardInterrupt."""


class _Commands(LazyGroup):
    entries = COMMANDS


app = typer.Typer(
    cls=_Commands,
    help="Fault-tolerant task processing on AWS, and all of it on a laptop.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Importing rich for the help would take a tenth of a second.
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import (
            version,
        )  # Imported here, as the import takes longer than the rest of this command.

        print(f"faultline {version('faultline')}")
        raise typer.Exit


@app.callback()
def faultline(
    version: Annotated[  # `_print_version` does it
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Fault-tolerant task processing on AWS, and all of it on a laptop."""


def main() -> NoReturn:
    """Run the command; an error is a single line, or a traceback if FAULTLINE_DEBUG is set."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:  # as by nohup
            signal.signal(each, _interrupt)
    _forget_empty_variables()
    if sys.stdout is None:
        sys.exit("faultline: standard output is closed")
    if isinstance(sys.stdout, TextIOWrapper):
        # Flush each line, so that a reader of `up` through a pipe sees it at once, and escape characters that
        # the output's encoding lacks.
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        message = error.format_message()  # the help, if no command was given
        say(message if message.startswith("Usage: ") else f"faultline: {message}")
        sys.exit(failures.WRONG_USAGE)
    except BrokenPipeError:
        _discard_output()  # The reader of the pipe has closed it.
        sys.exit(failures.FAILED)
    except Exception as error:
        if failures.is_shown_whole():
            raise
        message, status = failures.described(error)
        say(f"faultline: {message}")
        _discard_output()
        sys.exit(status)
    if status == _INTERRUPTED:
        say("faultline: interrupted")
        sys.exit(failures.FAILED)
    sys.exit(status or 0)


def _forget_empty_variables() -> None:
    """Treat empty environment variables as unset, since Compose passes unset ones as empty."""
    for name in [name for name, value in os.environ.items() if not value]:
        del os.environ[name]


def _discard_output() -> None:
    """Discard the rest of the output, which the interpreter would otherwise fail to flush at exit."""
    with suppress(OSError):  # it is not a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
