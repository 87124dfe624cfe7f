"""Lookup of the caller's API key."""

import os

from faultline.client.errors import MissingApiKey

API_KEY_VARIABLE = "FAULTLINE_API_KEY"
"""Environment variable with the caller's API key.

Unlike an argument, it does not appear in process lists, shell histories or logs."""


def create_key(stage: str, name: str, *, aws: bool) -> str:
    """Return the command line that creates an API key."""
    return f"faultline keys create {'--aws ' if aws else ''}--stage {stage} {name}"


def key_of_caller(stage: str, *, aws: bool = False) -> str:
    """Read the caller's API key from FAULTLINE_API_KEY.

    Args:
        stage: Name of the stage that requires the key, for the error message.
        aws: Whether the stage is on AWS.

    Raises:
        MissingApiKey: If the variable is not set.
    """
    if key := os.environ.get(API_KEY_VARIABLE, "").strip():
        return key
    raise MissingApiKey(
        f"stage {stage} requires an API key: set {API_KEY_VARIABLE}; to create one: "
        f"export {API_KEY_VARIABLE}=$({create_key(stage, 'NAME', aws=aws)})"
    )
