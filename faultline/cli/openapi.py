"""`faultline openapi`: the API's OpenAPI document, for generating and testing clients."""

from faultline.cli.display import print_json
from faultline.cli.options import Port, Stage
from faultline.operations import target
from faultline.operations.errors import NoTarget
from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.deploy.outputs import outputs
from infra.errors import AwsUnavailable, StackMissing
from infra.stages import DEFAULT_STAGE, StageSettings, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def openapi(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT) -> None:
    """Print the API's OpenAPI 3.1 document (JSON), with its URL where the stage is deployed."""
    settings = stage(stage_name)
    print_json(client_document(settings, resolvers(), _url(settings, port)))


def _url(settings: StageSettings, port: int) -> str | None:
    try:
        return outputs(target.find(port).session, settings).api_url
    except (AwsUnavailable, NoTarget, StackMissing):
        return None
