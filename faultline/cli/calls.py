"""Calls of the API by commands: each succeeds, or the command fails."""

from faultline.client.api import Answer


class CommandFailed(Exception):
    """A command could not do what it was asked to; the message is one line for a person."""


def succeeded(answer: Answer) -> Answer:
    """Return a successful answer unchanged.

    Raises:
        CommandFailed: If the answer is an error.
    """
    if not answer.ok:
        raise CommandFailed(answer.problem())
    return answer
