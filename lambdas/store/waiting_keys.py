"""Prefixes of index by-release's partition keys, one for each thing that tasks wait for."""

DUE = "due"
"""Prefix for tasks that wait for a time."""
TURN = "turn"
"""Prefix for tasks that wait for their turn; the time is that of the next check.

They are many while the first task of a lane waits, and must not delay those that wait for a time.
"""
CIRCUIT, KIND = "circuit/", "kind/"
"""Prefixes for tasks that wait for a circuit, and for the end of a pause of their kind."""


def circuit_key(circuit: str) -> str:
    """Return the prefix for tasks that wait for a circuit."""
    return f"{CIRCUIT}{circuit}"


def kind_key(kind: str) -> str:
    """Return the prefix for tasks that wait for the end of a pause of their kind."""
    return f"{KIND}{kind}"
