"""`faultline advance` and `faultline reset`, for tests in a sandbox."""

from typing import Annotated

import typer

from faultline.cli.command_failure import CommandFailed
from faultline.cli.display import say
from faultline.cli.options import Port, Stage
from faultline.cli.stage_access import StageAccess, stage_access
from faultline.operations.advance import advance as advance_by
from faultline.operations.advance import time_to_advance
from faultline.operations.reset import reset as forget
from sandbox.process.lifecycle import DEFAULT_PORT


def advance(
    by: Annotated[str, typer.Argument(metavar="TIME", help="How far to advance, such as 90s, 5m, 1h or 2d.")],
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
) -> None:
    """Run now, in order, everything due within the given time: retries, delays and schedules."""
    try:
        wanted = time_to_advance(by)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    at = _sandbox(stage_name, port)
    number = advance_by(at.session, at.settings, wanted)
    say(f"{number} {'task was' if number == 1 else 'tasks were'} due within {by}")


def reset(stage_name: Stage = None, port: Port = DEFAULT_PORT) -> None:
    """Delete all tasks, messages and circuits of the stack in a sandbox."""
    at = _sandbox(stage_name, port)
    number = forget(at.session, at.settings)
    say(f"{at.settings.stack_name} is empty; it had {number} {'task' if number == 1 else 'tasks'}")


def _sandbox(stage_name: str | None, port: int) -> StageAccess:
    at = stage_access(stage_name, port, aws=False)
    if at.is_aws:
        raise CommandFailed("this works in a sandbox only, and the target is AWS")
    return at
