"""API keys: attach one to each request, and find the caller's own."""

import os

from requests import PreparedRequest
from requests.auth import AuthBase

from lambdas.http.authentication import API_KEY_HEADER

API_KEY_VARIABLE = "FAULTLINE_API_KEY"
"""The environment variable with the caller's key. Unlike an argument, it shows up in no process list, no
shell history and no log."""


class MissingApiKey(Exception):
    """The stage requires an API key and none is set; the message is one line that says where to get one."""


class WithApiKey(AuthBase):
    """Sends an API key with each request."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the key's header to a request."""
        request.headers[API_KEY_HEADER] = self._key
        return request


def create_key(stage: str, name: str, *, aws: bool) -> str:
    """Return the command that creates an API key."""
    return f"faultline keys create {'--aws ' if aws else ''}--stage {stage} {name}"


def key_of_caller(stage: str, *, aws: bool = False) -> WithApiKey:
    """Read the caller's key from FAULTLINE_API_KEY.

    Args:
        stage: The stage that requires the key; the error message names it.
        aws: Whether the stage is on AWS.

    Raises:
        MissingApiKey: If the variable is not set.
    """
    if key := os.environ.get(API_KEY_VARIABLE):
        return WithApiKey(key)
    raise MissingApiKey(
        f"stage {stage} wants an API key: set {API_KEY_VARIABLE}; to make one: "
        f"export {API_KEY_VARIABLE}=$({create_key(stage, 'NAME', aws=aws)})"
    )
