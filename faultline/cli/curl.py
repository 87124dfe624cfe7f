"""Shell commands that submit a first task."""

import shlex

from faultline.client.authentication import API_KEY_VARIABLE, create_key
from infra.stages import StageSettings
from lambdas.http.authentication import API_KEY_HEADER

_BODY = '{"payload": {"hello": "world"}}'


def curl(api_url: str, settings: StageSettings) -> str:
    """Return a `curl` command that submits a task, with the key from FAULTLINE_API_KEY if one is required.

    The key is passed to curl through a pipe, since all users of a machine can read the arguments of
    processes. A newline is added to the response, so that the shell's prompt begins on a line of its own.
    """
    words = [
        "curl",
        "-s",
        "-w",
        r"\n",
        f"{api_url}/tasks",
        "-H",
        "Content-Type: application/json",
        "-d",
        _BODY,
    ]
    line = shlex.join(words)
    match settings.authentication:
        case "none":
            return line
        case "api-key":
            return f'{line} -H @<(echo "{API_KEY_HEADER}: ${API_KEY_VARIABLE}")'


def first_steps(api_url: str, settings: StageSettings, *, aws: bool = False) -> list[str]:
    """Return the commands that submit a first task after a deployment, to AWS or to a sandbox."""
    if settings.authentication != "api-key":
        return [curl(api_url, settings)]
    key = f"export {API_KEY_VARIABLE}=$({create_key(settings.name, 'me', aws=aws)})"
    return [key, curl(api_url, settings)]
