"""What `faultline up --reload` says while it runs: what the functions log, and what is reloaded."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import boto3

from faultline.cli.display import say
from faultline.cli.logs import show
from faultline.operations.logs import FOLLOW_SECONDS, LogReader
from infra.errors import InfraError
from infra.stages import StageSettings

type _Files = dict[Path, tuple[int, int]]


def talk(
    session: boto3.Session,
    settings: StageSettings,
    package: Path,
    check: Callable[[], None],
    until: Callable[[], None],
) -> None:
    """Print a line for each request, attempt, retry, death and reload, with tracebacks.

    Args:
        session: Leads to the sandbox.
        settings: Of the stage.
        package: The package that is run from disk.
        check: Raises InfraError, with the file and the line, when the package cannot be imported.
        until: Returns when there is nothing more to say.
    """
    over = threading.Event()
    reader = LogReader(session=session, settings=settings, since=datetime.now(UTC))

    def follow() -> None:
        while not over.is_set():
            with suppress(InfraError):  # LocalStack is about to end
                for line in reader.read():
                    show(line)
            over.wait(FOLLOW_SECONDS)

    def watch() -> None:
        files = _files(package)
        while not over.wait(FOLLOW_SECONDS):
            found = _files(package)
            if found != files:
                _reloaded(package, files, found, check)
                files = found

    threads = [threading.Thread(target=each, daemon=True) for each in (follow, watch)]
    for thread in threads:
        thread.start()
    try:
        until()
    finally:
        over.set()


def _reloaded(package: Path, before: _Files, now: _Files, check: Callable[[], None]) -> None:
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    names = ", ".join(path.relative_to(package.parent).as_posix() for path in changed)
    at = time.strftime("%H:%M:%S")
    try:
        check()
    except InfraError as error:
        say(f"{at} reload        {names}: its tasks fail until this is mended:")
        say(f"    {error}")
    else:
        say(f"{at} reload        {names}")


def _files(package: Path) -> _Files:
    found: _Files = {}
    for path in package.rglob("*.py"):
        with suppress(FileNotFoundError):  # an editor is replacing it
            status = path.stat()
            found[path] = (status.st_size, status.st_mtime_ns)
    return found
