"""How a command shows the API who it is: by the stage's setting, an API key or the session's credentials."""

import os

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from requests import PreparedRequest
from requests.auth import AuthBase

from infra.api.authentication import API_KEY_HEADER
from infra.stages import StageSettings

API_KEY_VARIABLE = "FAULTLINE_API_KEY"
"""Where a command finds its key: a variable is in no process list, no shell's history and no log."""


class MissingApiKey(Exception):
    """The stage wants a key, and there is none; one line says where to get it."""


class WithApiKey(AuthBase):
    """Sends a key with each request."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[API_KEY_HEADER] = self._key
        return request


class Signing(AuthBase):
    """Signs each request as the session's principal.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        credentials = self._session.get_credentials()
        assert credentials is not None  # a target has some
        signed = AWSRequest(request.method, request.url, headers=_signable(request), data=request.body)
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", self._session.region_name).add_auth(
            signed
        )
        request.headers.update(dict(signed.headers))
        return request


def authentication(session: boto3.Session, settings: StageSettings) -> AuthBase | None:
    """What to call a stage's API with; None where anybody may.

    Raises:
        MissingApiKey: the stage wants one, and FAULTLINE_API_KEY is not set.
    """
    match settings.authentication:
        case "none":
            return None
        case "iam":
            return Signing(session)
        case "api-key":
            if key := os.environ.get(API_KEY_VARIABLE):
                return WithApiKey(key)
            raise MissingApiKey(
                f"stage {settings.name} wants an API key: set {API_KEY_VARIABLE}; to make one: "
                f"export {API_KEY_VARIABLE}=$(faultline keys create --stage {settings.name} NAME)"
            )


def _signable(request: PreparedRequest) -> dict[str, str]:
    """Headers that reach the API as they are sent; others a proxy may change, and they sign nothing."""
    return {name: value for name, value in request.headers.items() if name.lower() == "content-type"}
