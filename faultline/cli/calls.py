"""Calls of the API by commands: each succeeds, or the command fails."""

from faultline.client.api import Answer, ApiClient
from faultline.operations import target
from faultline.operations.api import api_client
from infra.stages import stage


class CommandFailed(Exception):
    """A command could not do what it was asked to; the message is one line for a person."""


def api_of(stage_name: str, port: int) -> ApiClient:
    """Return a client of a stage's API, at the target of a command (see `faultline.operations.target`)."""
    return api_client(target.find(port).session, stage(stage_name))


def succeeded(answer: Answer) -> Answer:
    """Return a successful answer unchanged.

    Raises:
        CommandFailed: If the answer is an error.
    """
    if not answer.ok:
        raise CommandFailed(answer.problem())
    return answer
