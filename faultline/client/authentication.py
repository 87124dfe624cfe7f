"""API keys: find the caller's own."""

import os

from faultline.client.errors import MissingApiKey

API_KEY_VARIABLE = "FAULTLINE_API_KEY"
"""The environment variable with the caller's key. Unlike an argument, it shows up in no process list, no
shell history and no log."""


def create_key(stage: str, name: str, *, aws: bool) -> str:
    """Return the command that creates an API key."""
    return f"faultline keys create {'--aws ' if aws else ''}--stage {stage} {name}"


def key_of_caller(stage: str, *, aws: bool = False) -> str:
    """Read the caller's key from FAULTLINE_API_KEY.

    Args:
        stage: The stage that requires the key; the error message names it.
        aws: Whether the stage is on AWS.

    Raises:
        MissingApiKey: If the variable is not set.
    """
    if key := os.environ.get(API_KEY_VARIABLE):
        return key
    raise MissingApiKey(
        f"stage {stage} wants an API key: set {API_KEY_VARIABLE}; to make one: "
        f"export {API_KEY_VARIABLE}=$({create_key(stage, 'NAME', aws=aws)})"
    )
