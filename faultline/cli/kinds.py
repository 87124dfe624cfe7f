"""`faultline kinds`, `pause` and `resume`: list, pause and resume kinds of work."""

from typing import Annotated, Any

import typer
from rich.text import Text

from faultline.cli import display
from faultline.cli.command_failure import succeeded
from faultline.cli.listing import Listing
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.stage_access import stage_access
from sandbox.process.lifecycle import DEFAULT_PORT

Kind = Annotated[str, typer.Argument(help="The kind of work, such as http.request.")]


def kinds(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """List the kinds of work, with their pauses and open circuits."""
    found = succeeded(stage_access(stage_name, port, aws=aws).api().kinds()).body["kinds"]
    if as_json:
        display.print_json(found)
        return
    table = Listing("kind", "attempts", "open circuits", "paused since", "why", prose=True)
    for kind in found:
        pause = kind.get("pause", {})
        table.add(
            kind["name"],
            str(kind["retry"]["maximumAttempts"]),
            Text(", ".join(circuit["name"] for circuit in kind["openCircuits"]), style="red"),
            Text(pause.get("since", ""), style="yellow"),
            pause.get("reason", ""),
        )
    display.out.print(table)


def pause(
    kind: Kind,
    reason: Annotated[str | None, typer.Option(help="Reason to show to other people.")] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Pause a kind of work: its tasks wait until it is resumed, without using attempts.

    This takes effect within 5 seconds; attempts that have begun are finished.
    """
    api = stage_access(stage_name, port, aws=aws, changes=f"pause {kind}", yes=yes).api()
    _show(succeeded(api.pause(kind, reason=reason)).body, as_json=as_json)


def resume(
    kind: Kind,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Resume a paused kind of work; waiting tasks are released at most 20 a second."""
    api = stage_access(stage_name, port, aws=aws, changes=f"resume {kind}", yes=yes).api()
    _show(succeeded(api.resume(kind)).body, as_json=as_json)


def _show(state: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        display.print_json(state)
    elif "pause" in state:
        display.out.print(f"{state['name']} has been paused since {state['pause']['since']}")
    else:
        display.out.print(f"{state['name']} is not paused")
