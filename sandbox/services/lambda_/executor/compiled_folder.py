"""Folders of compiled Python code, created once, read-only, and shared by processes."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

KEEP_UNUSED_SECONDS = 7 * 24 * 3600

# The venv's interpreter would put the venv on sys.path; functions get the base interpreter.
INTERPRETER = getattr(sys, "_base_executable", None) or sys.executable

_LOCK = threading.Lock()


def publish(target: Path, fill: Callable[[Path], None]) -> Path:
    """Return `target`, created by `fill(draft)` if it does not exist yet.

    The draft is a folder next to `target` that is renamed at the end, so `target` is complete or absent even
    if the process is killed. Bytecode is compiled once here; otherwise each new process would compile it.
    Every call marks `target` as used, and a call that creates it removes siblings that were not used for a
    week.

    Raises:
        OSError: The folder cannot be written.
        Exception: `fill` failed.
    """
    if not target.exists():
        with _LOCK:
            _make(target, fill)
    with contextlib.suppress(OSError):  # a container's image is read-only and is not pruned
        os.utime(target)
    return target


def unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Extract a zip. As in Lambda, files that are executable in the zip stay executable, and no others."""
    archive.extractall(folder)
    for entry in archive.infolist():
        if not entry.is_dir() and entry.external_attr >> 16 & stat.S_IXUSR:
            (folder / entry.filename).chmod(0o755)


def _make(target: Path, fill: Callable[[Path], None]) -> None:
    if target.exists():  # created while this thread waited
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    _prune(target.parent)
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        fill(draft)
        _compile(draft, target)
        _protect(draft)
        _rename(draft, target)
    finally:
        _remove(draft)


def _compile(draft: Path, target: Path) -> None:
    # Unchecked: the folder never changes, so a source's modification time need not be right. Files that do
    # not compile (templates, another Python's syntax) fail when they are imported.
    options = ("-qq", "--invalidation-mode", "unchecked-hash", "-s", draft, "-p", target)
    command = (INTERPRETER, "-I", "-S", "-m", "compileall", *options, draft)
    subprocess.run(command, check=False, env={}, stdin=subprocess.DEVNULL)  # noqa: S603


def _rename(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():  # otherwise another LocalStack with the same cache was faster
            raise


def _protect(folder: Path) -> None:
    for path, _, files in os.walk(folder):
        for name in files:
            file = Path(path) / name
            file.chmod(0o555 if file.stat().st_mode & stat.S_IXUSR else 0o444)
        Path(path).chmod(0o555)


def _remove(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        for path, _, _ in os.walk(folder):
            Path(path).chmod(0o755)
        shutil.rmtree(folder)


def _prune(parent: Path) -> None:
    for folder in parent.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > KEEP_UNUSED_SECONDS:
                _remove(folder)
