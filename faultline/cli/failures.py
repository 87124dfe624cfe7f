"""Conversion of exceptions to one-line messages and exit statuses."""

import os

_DEBUG = "FAULTLINE_DEBUG"
"""Environment variable that makes unexpected errors appear with their tracebacks."""

FAILED, WRONG_USAGE = 1, 2

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def is_shown_whole() -> bool:
    """Return whether unexpected errors are shown with their tracebacks."""
    return bool(os.environ.get(_DEBUG))


def described(error: Exception) -> tuple[str, int]:
    """Return the message to print for an error, and the exit status."""
    # Imported here, because these modules import botocore and httpx, which many commands do not need.
    from botocore.exceptions import BotoCoreError, ClientError

    from faultline.cli.command_failure import CommandFailed
    from faultline.client.errors import CallFailed, InvalidTaskId
    from faultline.operations.errors import OperationFailed
    from infra.errors import EXPIRED, InfraError, is_of_expired_credentials
    from sandbox.process.errors import SandboxError

    match error:
        case InvalidTaskId():
            return str(error), WRONG_USAGE
        case CommandFailed() | CallFailed() | OperationFailed() | SandboxError() | InfraError():
            return str(error), FAILED
        case OSError(strerror=str() as reason):
            return f"{error.filename}: {reason}" if error.filename else reason, FAILED
        case BotoCoreError() | ClientError():
            return _line(error), FAILED
        case RuntimeError() if is_of_expired_credentials(error):
            return EXPIRED, FAILED
        case ValueError() if str(error).startswith("Unknown level") and (variable := _log_level()):
            return f"{variable} is {os.environ[variable]!r}; it can be {', '.join(_LOG_LEVELS)}", FAILED
        case _:
            name = type(error).__name__
            return f"unexpected {name}: {_line(error)} (set {_DEBUG}=1 for the traceback)", FAILED


def _log_level() -> str | None:
    """Return the name of the environment variable that sets Powertools' log level, if there is one.

    https://docs.aws.amazon.com/powertools/python/latest/core/logger/#log-levels
    """
    return next((name for name in ("POWERTOOLS_LOG_LEVEL", "LOG_LEVEL") if os.environ.get(name)), None)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
