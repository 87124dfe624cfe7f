"""Shell lines that submit a first task, ready to be pasted."""

import shlex

from faultline.client.authentication import API_KEY_VARIABLE, create_key
from infra.stages import StageSettings
from lambdas.http.authentication import API_KEY_HEADER

_BODY = '{"payload": {"hello": "world"}}'


def curl(api_url: str, settings: StageSettings) -> str:
    """Return a `curl` command that submits a task, with the key in FAULTLINE_API_KEY where one is required.

    The key reaches curl through a pipe, because every user of a machine can read the arguments of its
    processes. The answer ends with a newline, so that the shell's prompt is not glued to it.
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
    """Return the lines to type after a deployment, to AWS or a sandbox, to submit a first task."""
    if settings.authentication != "api-key":
        return [curl(api_url, settings)]
    key = f"export {API_KEY_VARIABLE}=$({create_key(settings.name, 'me', aws=aws)})"
    return [key, curl(api_url, settings)]
