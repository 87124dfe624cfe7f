"""Output of `faultline up --reload` while it runs: the functions' log, and reloads."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import boto3

from faultline.cli.display import say
from faultline.cli.file_versions import Versions, changed, versions
from faultline.cli.logs import show
from faultline.cli.new_services import NewServices
from faultline.operations.logs import FOLLOW_SECONDS, LogReader
from infra.errors import InfraError, InvalidProject
from infra.stages import StageSettings


def print_live_output(
    session: boto3.Session,
    settings: StageSettings,
    package: Path,
    check: Callable[[], None],
    until: Callable[[], None],
) -> None:
    """Print a line for each request, attempt, retry, dead letter and reload, with tracebacks.

    Args:
        session: Session for the sandbox.
        settings: Settings of the stage.
        package: Folder of the package that runs from disk.
        check: Function that raises InfraError, with the file and the line, if the package cannot be imported.
            Any other exception is printed in one line.
        until: Function that blocks until the output must end.
    """
    over = threading.Event()
    reader = LogReader(session=session, settings=settings, since=datetime.now(UTC))

    def follow() -> None:
        while not over.is_set():
            with suppress(InfraError):  # LocalStack is stopping
                for line in reader.read():
                    show(line)
            over.wait(FOLLOW_SECONDS)

    def watch() -> None:
        files, services = versions(package), NewServices(settings)
        while not over.wait(FOLLOW_SECONDS):
            found = versions(package)
            if found != files:
                if _reloaded(package, files, found, check) and (notice := services.notice()):
                    say(f"    {notice}")
                files = found

    threads = [threading.Thread(target=each, daemon=True) for each in (follow, watch)]
    for thread in threads:
        thread.start()
    try:
        until()
    finally:
        over.set()


def explain(error: InfraError) -> None:
    """Print the error that prevents a project's kinds from being imported, with its traceback if any."""
    for line in str(error).splitlines():
        say(f"    {line}")
    if isinstance(error, InvalidProject) and error.traceback:
        say("    Traceback (most recent call last):")
        for line in error.traceback.splitlines():
            say(f"    {line}")


def reloaded(paths: list[Path], package: Path, after: str = "") -> None:
    """Print the names of the changed files, followed by `after`."""
    names = ", ".join(path.relative_to(package.parent).as_posix() for path in paths)
    say(f"{time.strftime('%H:%M:%S')} reload        {names}{after}")


def _reloaded(package: Path, before: Versions, now: Versions, check: Callable[[], None]) -> bool:
    """Print the changed files, with the error if the package cannot be imported; return whether it can be."""
    paths = changed(before, now)
    try:
        check()
    except InfraError as error:
        reloaded(paths, package, ": its tasks fail until this is fixed:")
        explain(error)
    except Exception as error:  # noqa: BLE001 # the next change must be shown as well
        lines = [type(error).__name__, *str(error).splitlines()[:1]]
        reloaded(paths, package, f": could not be checked: {': '.join(lines)}")
    else:
        reloaded(paths, package)
        return True
    return False
