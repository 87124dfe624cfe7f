"""`faultline circuits`: show the circuits of dependencies, and open or close one by hand."""

from typing import Annotated

import typer
from typer.exceptions import TyperException

from faultline.cli import display
from faultline.cli.options import Aws, Json, Port, Stage, Yes, is_given
from faultline.cli.stage_access import stage_access
from faultline.operations.circuits import close_circuit, hold_open, read_circuits
from sandbox.process.lifecycle import DEFAULT_PORT

app = typer.Typer(
    help="Show which circuits are open, and why; open or close one by hand.",
    add_completion=False,
    rich_markup_mode=None,
)


def _not_empty(name: str) -> str:
    """Refuse an empty name, as from an unset variable of a shell."""
    if not name:
        raise typer.BadParameter("the name is empty")
    return name


Name = Annotated[
    str,
    typer.Argument(
        callback=_not_empty, help="The dependency; for http.request the host, such as api.example.com."
    ),
]


@app.callback(invoke_without_command=True)
def circuits(
    context: typer.Context,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    as_json: Json = False,
) -> None:
    """Show the state of each circuit, and whether a task or an operator opened it.

    Circuits that have never opened are not listed.
    """
    if command := context.invoked_subcommand:
        _refuse_options_before(command, context)
        return
    at = stage_access(stage_name, port, aws=aws)
    found = read_circuits(at.session, at.settings)
    if as_json:
        display.print_json(found)
    else:
        display.out.print(display.circuit_table(found))


def _refuse_options_before(command: str, context: typer.Context) -> None:
    """Refuse options of the group, which the command would ignore."""
    for name, option in {"stage_name": "--stage", "port": "--port", "aws": "--aws"}.items():
        if is_given(context, name):
            raise TyperException(f"{option} belongs after the command {command}")
    if is_given(context, "as_json"):
        raise TyperException(f"{command} has no option --json")


@app.command("open")
def open_by_hand(
    name: Name,
    reason: Annotated[str | None, typer.Option(help="Reason to show to other people.")] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
) -> None:
    """Hold a circuit open.

    Until it is closed, tasks that need the dependency wait, and the dependency is not called. This takes
    effect within 5 seconds; calls that have begun are finished.
    """
    at = stage_access(stage_name, port, aws=aws, changes=f"open the circuit of {name}", yes=yes)
    hold_open(at.session, at.settings, name, reason)
    print(f"the circuit of {name} is held open")


@app.command()
def close(
    name: Name,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
    yes: Yes = False,
) -> None:
    """Close a circuit, whether it was opened by hand or by failures.

    Tasks that wait for it are then released, at most 20 a second.
    """
    at = stage_access(stage_name, port, aws=aws, changes=f"close the circuit of {name}", yes=yes)
    if close_circuit(at.session, at.settings, name):
        print(f"the circuit of {name} is closed")
    else:
        print(f"the circuit of {name} was not open")
