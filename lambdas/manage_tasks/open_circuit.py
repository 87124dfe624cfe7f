"""Conversion of open circuits to their form in the API."""

from lambdas.domain.open_circuit import OpenCircuit
from lambdas.store.circuit_states import CircuitState


def open_circuit(circuit: CircuitState) -> OpenCircuit:
    """Convert a circuit's state to its form in the API."""
    return OpenCircuit(
        name=circuit.name,
        state=circuit.state,
        opened_at=circuit.opened_at,
        by_hand=circuit.by_hand or None,
        reason=circuit.reason,
    )
