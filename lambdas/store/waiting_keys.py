"""Prefixes of the partition keys of index by-release, which say what the tasks wait for."""

DUE = "due"
"""Prefix for tasks that wait for a time."""
CIRCUIT, KIND = "circuit/", "kind/"
"""Prefixes for tasks that wait for a circuit, and for the end of a pause of their kind."""


def circuit_key(circuit: str) -> str:
    """Return the prefix for tasks that wait for a circuit."""
    return f"{CIRCUIT}{circuit}"


def kind_key(kind: str) -> str:
    """Return the prefix for tasks that wait for the end of a pause of their kind."""
    return f"{KIND}{kind}"
