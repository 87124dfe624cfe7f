"""How a command shows the API who it is: by an API key, where the stage wants one."""

import os

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


def authentication(settings: StageSettings) -> AuthBase | None:
    """What to call a stage's API with; None where anybody may.

    Raises:
        MissingApiKey: the stage wants one, and FAULTLINE_API_KEY is not set.
    """
    match settings.authentication:
        case "none":
            return None
        case "api-key":
            if key := os.environ.get(API_KEY_VARIABLE):
                return WithApiKey(key)
            raise MissingApiKey(
                f"stage {settings.name} wants an API key: set {API_KEY_VARIABLE}; to make one: "
                f"export {API_KEY_VARIABLE}=$(faultline keys create --stage {settings.name} NAME)"
            )
