"""Failure of a command, such as that of its API call."""

from collections.abc import Iterator
from contextlib import contextmanager

from faultline.client.api import Answer


class CommandFailed(Exception):
    """The command failed; the message is a single line for people."""


def succeeded(answer: Answer) -> Answer:
    """Return a successful answer unchanged.

    Raises:
        CommandFailed: If the answer is an error.
    """
    if not answer.ok:
        raise CommandFailed(answer.problem())
    return answer


@contextmanager
def telling_of_interruption(advice: str) -> Iterator[None]:
    """Add advice to the message about an interruption of the block, whose work it does not end.

    Raises:
        CommandFailed: If the block is interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise CommandFailed(f"interrupted; {advice}") from None
