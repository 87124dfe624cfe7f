"""The folders of a sandbox's files, in the user's home and not in the checkout.

https://specifications.freedesktop.org/basedir-spec/latest/
"""

import os
from pathlib import Path


def state_dir(port: int) -> Path:
    """Return the folder of the sandbox on `port`, with its record, logs and volume."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "faultline" / str(port)


def cache_dir() -> Path:
    """Return the folder of files that sandboxes share and can recreate, such as unpacked functions."""
    return _xdg("XDG_CACHE_HOME", ".cache") / "faultline"


def _xdg(variable: str, default: str) -> Path:
    # The specification says to ignore relative paths.
    configured = Path(os.environ.get(variable, ""))
    return configured if configured.is_absolute() else Path.home() / default
