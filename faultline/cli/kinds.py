"""`faultline kinds`, `pause` and `resume`."""

from typing import Annotated, Any

import typer
from rich.text import Text

from faultline.cli import display
from faultline.cli.calls import succeeded
from faultline.cli.listing import Listing
from faultline.cli.options import Aws, Json, Port, Stage, Yes
from faultline.cli.place import place
from sandbox.process.lifecycle import DEFAULT_PORT

Kind = Annotated[str, typer.Argument(help="The kind of work, such as http.request.")]


def kinds(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """List the kinds of work, which of them are paused, and which of their circuits are open."""
    found = succeeded(place(stage_name, port, aws=aws).api().kinds()).body["kinds"]
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
    reason: Annotated[str | None, typer.Option(help="Why, for people who look at it later.")] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Make the tasks of a kind wait until it is resumed, without using attempts.

    This takes effect within 5 seconds; attempts that have begun are finished.
    """
    api = place(stage_name, port, aws=aws, changes=f"pause {kind}", yes=yes).api()
    _show(succeeded(api.pause(kind, reason=reason)).body, as_json=as_json)


def resume(
    kind: Kind,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let the tasks of a paused kind run again: new ones at once, waiting ones at most 20 a second."""
    api = place(stage_name, port, aws=aws, changes=f"resume {kind}", yes=yes).api()
    _show(succeeded(api.resume(kind)).body, as_json=as_json)


def _show(state: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        display.print_json(state)
    elif "pause" in state:
        display.out.print(f"{state['name']} is paused since {state['pause']['since']}")
    else:
        display.out.print(f"{state['name']} is not paused")
