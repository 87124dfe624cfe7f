"""Prefixes of the keys of index by-release, by what a task waits for."""

DUE = "due"
"""A time."""
CIRCUIT, KIND = "circuit/", "kind/"
"""Prefixes of the keys of tasks that wait for a circuit, or for the end of a pause."""


def circuit_key(circuit: str) -> str:
    """Return the key prefix of tasks that wait for a circuit."""
    return f"{CIRCUIT}{circuit}"


def kind_key(kind: str) -> str:
    """Return the key prefix of tasks that wait for the end of a kind's pause."""
    return f"{KIND}{kind}"
