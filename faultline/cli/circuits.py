"""`faultline circuits`: the state of each dependency's circuit, and why it opened."""

from faultline.cli import display
from faultline.cli.options import Json, Port, Stage
from faultline.operations import target
from faultline.operations.circuits import read_circuits
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def circuits(stage_name: Stage = DEFAULT_STAGE, port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Show which circuits are open, and which task opened each. Circuits that never opened are not listed."""
    found = read_circuits(target.find(port).session, stage(stage_name))
    if as_json:
        display.print_json(found)
    else:
        display.out.print(display.circuit_table(found))
