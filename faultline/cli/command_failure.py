"""Failure of a command, such as that of its API call."""

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
