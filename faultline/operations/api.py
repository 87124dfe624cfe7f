"""The API client of a stage, authenticated as its settings require."""

import boto3
from requests.auth import AuthBase

from faultline.client.api import ApiClient
from faultline.client.authentication import key_of_caller
from infra.deploy.endpoint import endpoint, is_aws
from infra.deploy.outputs import outputs
from infra.stages import StageSettings


def api_client(session: boto3.Session, settings: StageSettings) -> ApiClient:
    """Return a client of a deployed stage's API.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached.
        MissingApiKey: If the stage requires an API key and FAULTLINE_API_KEY is not set.
    """
    return ApiClient(
        outputs(session, settings).api_url, authentication(settings, aws=is_aws(endpoint(session)))
    )


def authentication(settings: StageSettings, *, aws: bool = False) -> AuthBase | None:
    """Return the credentials for a stage's API; None where it requires none.

    Raises:
        MissingApiKey: If the stage requires an API key and FAULTLINE_API_KEY is not set.
    """
    match settings.authentication:
        case "none":
            return None
        case "api-key":
            return key_of_caller(settings.name, aws=aws)
