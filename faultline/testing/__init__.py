"""Test support for your own kinds of work, with or without a sandbox."""

from faultline.testing.outcomes import Cancelled, Dies, Ended, Outcome, Retries, Succeeded
from faultline.testing.performing import perform, run_to_end
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


def __getattr__(name: str) -> object:
    """Import Sandbox on first access, since it imports all modules of the stack."""
    if name == "Sandbox":
        from faultline.testing.sandbox import Sandbox

        return Sandbox
    raise AttributeError(name)
