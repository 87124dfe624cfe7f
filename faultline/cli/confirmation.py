"""Questions to the person at the terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say


def can_ask() -> bool:
    """Return whether the command runs in a terminal, where it can ask for confirmation."""
    return sys.stdin is not None and sys.stdin.isatty()


def require_terminal(change: str) -> None:
    """Refuse a change on AWS that nobody can confirm.

    Raises:
        CommandFailed: If there is no terminal.
    """
    if not can_ask():
        raise CommandFailed(f"{change} on AWS: add --yes, because there is no terminal to confirm it on")


def confirm(question: str) -> None:
    """Ask a question that must be answered with yes.

    Raises:
        CommandFailed: If the answer is no.
        KeyboardInterrupt: If the question is interrupted by Ctrl-C or Ctrl-D.
    """
    with _interruption_on_a_new_line():
        is_confirmed = typer.confirm(question, err=True)
    if not is_confirmed:
        raise CommandFailed("not confirmed")


def confirm_by_typing(word: str, request: str) -> None:
    """Print a request to type a word, and read it.

    Raises:
        CommandFailed: If something else is typed.
        KeyboardInterrupt: If the request is interrupted by Ctrl-C or Ctrl-D.
    """
    say(request)
    with _interruption_on_a_new_line():
        line = sys.stdin.readline()
        if not line:
            raise EOFError
    if line.strip() != word:
        raise CommandFailed("not confirmed")


@contextmanager
def _interruption_on_a_new_line() -> Iterator[None]:
    """Convert an abort to an interruption, and end the line that the question or `^C` is on."""
    try:
        yield
    except (typer.Abort, EOFError, KeyboardInterrupt):
        say("")
        raise KeyboardInterrupt from None
