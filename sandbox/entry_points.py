"""The plug-ins that LocalStack finds by entry points: providers and those named in sandbox/pyproject.toml."""

from importlib.metadata import entry_points


def load() -> None:
    """Import the sandbox's plug-ins, which LocalStack loads later and would leave out if that failed.

    Raises:
        Exception: A plug-in cannot be imported.
    """
    for entry in entry_points():
        if entry.group.startswith("localstack.") and entry.module.startswith("sandbox."):
            entry.load()
