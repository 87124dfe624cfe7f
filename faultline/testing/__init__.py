"""Test support for your own kinds of work, with or without a sandbox."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faultline.testing.outcomes import Cancelled, Dies, Ended, Outcome, Retries, Succeeded
    from faultline.testing.performing import perform, run_to_end
    from faultline.testing.sandbox import Sandbox
    from faultline.testing.tasks import Tasks

__all__ = [
    "Cancelled",
    "Dies",
    "Ended",
    "Outcome",
    "Retries",
    "Sandbox",
    "Succeeded",
    "Tasks",
    "perform",
    "run_to_end",
]

_OTHERS = {"Sandbox": "sandbox", "Tasks": "tasks", "perform": "performing", "run_to_end": "performing"}


def __getattr__(name: str) -> object:
    """Import a name on first access, since every run of pytest imports this package with its plug-in."""
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_OTHERS.get(name, 'outcomes')}"), name)
    raise AttributeError(name)
