"""Calls of the API by commands: each succeeds, or the command fails."""

import boto3

from faultline.client.api import Answer, ApiClient
from faultline.client.authentication import authentication
from faultline.operations import target
from infra.deploy.outputs import outputs
from infra.stages import StageSettings, stage


class CommandFailed(Exception):
    """A command could not do what it was asked to; the text is for the person."""


def api_of(stage_name: str, port: int) -> ApiClient:
    """The API of a stage, in the sandbox on `port` or wherever else `target` leads."""
    return api(target.find(port).session, stage(stage_name))


def api(session: boto3.Session, settings: StageSettings) -> ApiClient:
    """A stage's API, called as who runs the command."""
    return ApiClient(outputs(session, settings).api_url, authentication(settings))


def succeeded(answer: Answer) -> Answer:
    """The answer, when it is none of failure.

    Raises:
        CommandFailed: it is; one line says why.
    """
    if not answer.ok:
        raise CommandFailed(answer.problem())
    return answer
