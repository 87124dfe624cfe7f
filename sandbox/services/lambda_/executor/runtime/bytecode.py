"""Reading the bytecode of an artifact's own modules once for all execution environments.

A module is still executed in each of them. Finding the bytecode of our functions' 160 modules and turning it
into objects took a tenth of a cold start.
"""

import _imp
import os
from collections.abc import Iterable
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any


def share(files: Iterable[Path]) -> None:
    """Read the bytecode of these files, and let later imports use it unless a file has changed since."""
    kept: dict[str, tuple[tuple[int, int], CodeType | None]] = {}
    for file in files:
        with suppress(Exception):  # importing the module reports the error
            kept[str(file)] = _state(file), SourceFileLoader(file.stem, str(file)).get_code(file.stem)

    read = SourceFileLoader.get_code

    def find(self: SourceFileLoader, name: str) -> CodeType | None:
        path = str(self.path)
        # With hot reload, the artifact's modules are found through a link.
        state, code = kept.get(path) or kept.get(os.path.realpath(path)) or (None, None)
        if not code or state != _state(path):
            return read(self, name)
        if code.co_filename != path:
            _imp._fix_co_filename(code, path)  # as importlib does with all bytecode
        return code

    loader: Any = SourceFileLoader
    loader.get_code = find


def _state(path: str | Path) -> tuple[int, int]:
    """Return what Python compares to notice that a source has changed: its time and its size."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size
