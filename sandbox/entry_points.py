"""The plug-ins that LocalStack finds by entry points: providers and those in sandbox/pyproject.toml."""

from importlib.metadata import entry_points


def load() -> None:
    """Import the sandbox's plug-ins; LocalStack loads them later and would silently skip a broken one.

    Raises:
        Exception: A plug-in cannot be imported.
    """
    for entry in entry_points():
        if entry.group.startswith("localstack.") and entry.module.startswith("sandbox."):
            entry.load()
