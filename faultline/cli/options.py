"""Options shared by several commands."""

import os
from typing import Annotated, Literal

import typer

from faultline.client.api import task_path
from faultline.client.errors import InvalidTaskId


def _checked(task_id: str | None) -> str | None:
    """Validate a task id while parsing the options."""
    try:
        if task_id is not None:
            task_path(task_id)
    except InvalidTaskId as error:
        raise typer.BadParameter(str(error)) from error
    return task_id


def is_given(context: typer.Context, name: str) -> bool:
    """Return whether a parameter is on the command line, rather than in a variable or left out."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def forget_target(context: typer.Context, parameter: typer.CallbackParam, port: int) -> int:
    """Forget the target in variables if a port is given, as an option takes precedence over a variable."""
    if is_given(context, str(parameter.name)):
        for name in TARGET_VARIABLES:
            os.environ.pop(name, None)
    return port


TARGET_VARIABLES = ("AWS_ENDPOINT_URL", "FAULTLINE_TARGET")
"""Environment variables that select the target of a command without `--port` or `--aws`."""
TaskId = Annotated[str, typer.Argument(callback=_checked, help="The task's id.")]
OptionalTaskId = Annotated[str | None, typer.Argument(callback=_checked, help="The task's id.")]
Port = Annotated[
    int,
    typer.Option("--port", min=0, max=65535, callback=forget_target, help="The sandbox's port on 127.0.0.1."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StageName = Literal["dev", "test", "staging", "prod"]
Stage = Annotated[
    StageName | None,
    typer.Option("--stage", envvar="STAGE", help="The stage; dev by default, but required on AWS."),
]
Aws = Annotated[
    bool, typer.Option("--aws", help="Use AWS instead of a sandbox, as with FAULTLINE_TARGET=aws.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation of changes on AWS.")]
DEFAULT_CONSOLE_PORT = 4580
