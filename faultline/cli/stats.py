"""`faultline stats`: print statistics of a stage."""

from typing import Annotated, Any, Literal

import typer
from rich.text import Text

from faultline.cli import display
from faultline.cli.display import as_json, out, print_json
from faultline.cli.listing import Listing
from faultline.cli.options import Aws, Json, Port, Stage
from faultline.cli.stage_access import stage_access
from sandbox.process.lifecycle import DEFAULT_PORT


def stats(
    window: Annotated[
        Literal["15m", "1h", "24h"], typer.Option(help="Time window in which dead letters are counted.")
    ] = "1h",
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    in_json: Json = False,
) -> None:
    """Count tasks by state, and show recent dead letters, waiting tasks and open circuits."""
    found = as_json(stage_access(stage_name, port, aws=aws).client().stats(window))
    if in_json:
        print_json(found)
        return
    counts = Listing("status", "tasks", right=("tasks",))
    for status, count in found["counts"].items():
        counts.add(display.status(status), f"{count['value']:,}{'+' if count['atLeast'] else ''}")
    out.print(counts)
    out.print()
    for line in _lines(found):
        out.print(line)


def _lines(found: dict[str, Any]) -> list[Text]:
    dead = found["deadLetters"]
    more = " of the newest dead letters" if dead["more"] else ""
    lines = [Text(f"given up in the last {found['window']}: {dead['total']}{more}")]
    lines += [
        Text(f"  {each['count']} {each['category']} {each['type']}: {each['reason']}")
        for each in dead["byReason"]
    ]
    if waiting := found.get("oldestWaiting"):
        lines.append(
            Text(f"oldest task on the queue: {waiting['taskId']}, submitted {waiting['seconds']} s ago")
        )
    lines += [
        Text(
            f"circuit {each['name']} is {each['state']}", style=display.CIRCUIT_COLORS.get(each["state"], "")
        )
        for each in found["openCircuits"]
    ]
    lines += [
        Text(f"kind {each['name']} has been paused since {each['since']}", style="yellow")
        for each in found["pausedKinds"]
    ]
    return lines
