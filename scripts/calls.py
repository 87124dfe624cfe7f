"""Calls of the API by commands: each succeeds, or the command fails."""

from infra.outputs import outputs
from infra.stages import stage
from scripts import target
from scripts.client import Answer, ApiClient


class CommandFailed(Exception):
    """A command could not do what it was asked to; the text is for the person."""


def api_of(stage_name: str, port: int) -> ApiClient:
    """The API of a stage, in the sandbox on `port` or wherever else `target` leads."""
    return ApiClient(outputs(target.find(port).session, stage(stage_name)).api_url)


def succeeded(answer: Answer) -> Answer:
    """The answer, when it is none of failure.

    Raises:
        CommandFailed: it is; one line says why.
    """
    if not answer.ok:
        raise CommandFailed(answer.problem())
    return answer
