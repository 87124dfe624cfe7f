"""Creation of clients for a stage's API, with the authentication that its settings require."""

import boto3

from faultline.client import Client
from faultline.client.api import ApiClient
from faultline.client.authentication import key_of_caller
from infra.deploy.endpoint import endpoint, is_aws
from infra.deploy.outputs import outputs
from infra.stages import StageSettings


def client(session: boto3.Session, settings: StageSettings) -> Client:
    """Create a client for the API of a deployed stage.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached.
        MissingApiKey: If the stage requires an API key and FAULTLINE_API_KEY is not set.
    """
    return Client(*_access(session, settings))


def api_client(session: boto3.Session, settings: StageSettings) -> ApiClient:
    """Create a client that returns raw responses; this raises the same errors as `client`."""
    return ApiClient(*_access(session, settings))


def api_key(settings: StageSettings, *, aws: bool = False) -> str | None:
    """Return the caller's key for a stage's API; None if the stage requires none.

    Raises:
        MissingApiKey: If the stage requires an API key and FAULTLINE_API_KEY is not set.
    """
    match settings.authentication:
        case "none":
            return None
        case "api-key":
            return key_of_caller(settings.name, aws=aws)


def _access(session: boto3.Session, settings: StageSettings) -> tuple[str, str | None]:
    return outputs(session, settings).api_url, api_key(settings, aws=is_aws(endpoint(session)))
