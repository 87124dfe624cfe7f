"""`faultline circuits`: the state of each dependency's circuit, and why it opened."""

from faultline.cli import display
from faultline.cli.options import Aws, Json, Port, Stage
from faultline.cli.place import place
from faultline.operations.circuits import read_circuits
from sandbox.process.lifecycle import DEFAULT_PORT


def circuits(
    stage_name: Stage = None, port: Port = DEFAULT_PORT, aws: Aws = False, as_json: Json = False
) -> None:
    """Show which circuits are open, and which task opened each.

    Circuits that never opened are not listed.
    """
    at = place(stage_name, port, aws=aws)
    found = read_circuits(at.session, at.settings)
    if as_json:
        display.print_json(found)
    else:
        display.out.print(display.circuit_table(found))
