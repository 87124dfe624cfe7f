"""A sandbox of which a part cannot be imported does not start; LocalStack 4.14.0 goes on without it, unsaid.

Hooks are loaded with `propagate_exceptions=False` (`HookManager.load_all_sorted`): functions would do as they
please, and only what is refused on AWS would tell.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="untyped-decorator"

from importlib.metadata import entry_points

from localstack.runtime import hooks

OURS = "sandbox."


@hooks.on_infra_start(priority=100)
def require_plugins() -> None:
    """Import all plug-ins of this package, before the first of them is run. Raises what the import raises."""
    for entry in entry_points():
        if entry.group.startswith("localstack.") and entry.module.startswith(OURS):
            entry.load()
