"""The line that submits a task, to be pasted into a shell."""

import shlex

from faultline.client.authentication import API_KEY_VARIABLE
from infra.api.authentication import API_KEY_HEADER
from infra.stages import StageSettings

_BODY = '{"payload": {"hello": "world"}}'


def curl(api_url: str, settings: StageSettings) -> str:
    """A `curl` that submits a task; where clients have keys, with the one in FAULTLINE_API_KEY.

    The key is handed over by a pipe: among curl's arguments every user of the machine could read it.
    """
    words = ["curl", "-s", f"{api_url}/tasks", "-H", "Content-Type: application/json", "-d", _BODY]
    line = shlex.join(words)
    match settings.authentication:
        case "none":
            return line
        case "api-key":
            return f'{line} -H @<(echo "{API_KEY_HEADER}: ${API_KEY_VARIABLE}")'


def first_steps(api_url: str, settings: StageSettings) -> list[str]:
    """What to type after a deployment, line by line."""
    if settings.authentication != "api-key":
        return [curl(api_url, settings)]
    key = f"export {API_KEY_VARIABLE}=$(faultline keys create --stage {settings.name} me)"
    return [key, curl(api_url, settings)]
