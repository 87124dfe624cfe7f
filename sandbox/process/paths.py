"""Where a sandbox keeps its files: in the user's folders, not in the checkout.

Source: https://specifications.freedesktop.org/basedir-spec/latest/
"""

import os
from pathlib import Path


def state_dir(port: int) -> Path:
    """The folder of the sandbox on `port`: its record, its logs and its volume."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "faultline" / str(port)


def cache_dir() -> Path:
    """What sandboxes share and can make again, such as unpacked functions."""
    return _xdg("XDG_CACHE_HOME", ".cache") / "faultline"


def _xdg(variable: str, default: str) -> Path:
    # The specification says to ignore relative paths.
    configured = Path(os.environ.get(variable, ""))
    return configured if configured.is_absolute() else Path.home() / default
