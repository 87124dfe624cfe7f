"""Early import of the plug-ins that LocalStack finds by entry points (sandbox/pyproject.toml)."""

from importlib.metadata import entry_points


def load() -> None:
    """Import the sandbox's plug-ins, since LocalStack would later skip a broken one silently.

    Raises:
        Exception: A plug-in cannot be imported.
    """
    for entry in entry_points():
        if entry.group.startswith("localstack.") and entry.module.startswith("sandbox."):
            entry.load()
