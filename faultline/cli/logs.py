"""`faultline logs`: show the log of the functions."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from faultline.cli.display import out, say
from faultline.cli.options import Aws, OptionalTaskId, Port, Stage
from faultline.cli.since import since_when
from faultline.cli.stage_access import stage_access
from faultline.operations.logs import Line, LogReader
from lambdas.domain.serialization import rfc3339
from sandbox.process.lifecycle import DEFAULT_PORT

_COLOURS = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}


def logs(
    task_id: OptionalTaskId = None,
    follow: Annotated[bool, typer.Option("--follow", help="Show new lines until Ctrl-C.")] = False,
    since: Annotated[
        str, typer.Option(help="Start of the log: 15m or 24h ago, or 2026-01-31T12:00:00Z.")
    ] = "1h",
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
) -> None:
    """Show the log of the functions, for one task or for all."""
    at = stage_access(stage_name, port, aws=aws)
    begin = since_when(since, datetime.now(UTC))
    reader = LogReader(session=at.session, settings=at.settings, since=begin, task_id=task_id)
    line = None
    for line in reader.follow() if follow else reader.read():
        show(line)
    if line is None:
        about = f" about {task_id}" if task_id else ""
        say(f"nothing was logged{about} since {rfc3339(begin)}; to look further back: --since")


def show(line: Line) -> None:
    """Print a line of the log, followed by its details."""
    head = f"{line.at:%H:%M:%S} {line.function:<13} {line.task_id or '-'} "
    out.print(Text(head + line.text, style=_COLOURS.get(line.level, "")), soft_wrap=True)
    for detail in line.details:
        out.print(Text(f"    {detail}", style=_COLOURS.get(line.level, "")), soft_wrap=True)
