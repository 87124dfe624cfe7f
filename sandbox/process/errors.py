"""Errors in starting, finding or stopping a sandbox. Each message is one readable line.

SandboxError
├── AlreadyRunning
├── EnvironmentMissing
├── InstallationFailed
├── PortInUse
├── PortUnusable
├── SandboxEnded
├── SandboxStopped
├── StartFailed
└── StateUnusable
"""

from pathlib import Path


class SandboxError(Exception):
    """Base class of sandbox errors."""


class AlreadyRunning(SandboxError):
    """A sandbox of this user is running on the port."""

    def __init__(self, port: int, pid: int) -> None:
        super().__init__(
            f"a sandbox already runs on port {port} (process {pid}); to stop it: faultline down --port {port}"
        )
        self.port = port
        self.pid = pid


class EnvironmentMissing(SandboxError):
    """LocalStack is not installed where it is expected."""

    def __init__(self, interpreter: Path) -> None:
        super().__init__(f"LocalStack is not installed for {interpreter}; to install it: scripts/setup")


class InstallationFailed(SandboxError):
    """LocalStack could not be installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"LocalStack could not be installed: {reason}")


class PortInUse(SandboxError):
    """Another program listens on the port."""

    def __init__(self, port: int, owner: str) -> None:
        super().__init__(f"port {port} is in use by {owner}; name another one with --port")
        self.port = port


class PortUnusable(SandboxError):
    """The system does not let this user listen on the port, or there is no such port."""

    def __init__(self, port: int, cause: Exception) -> None:
        super().__init__(f"cannot listen on port {port}: {getattr(cause, 'strerror', None) or cause}")
        self.port = port


class SandboxEnded(SandboxError):
    """LocalStack has ended, and nobody has stopped it."""

    def __init__(self, log_file: Path) -> None:
        super().__init__(f"LocalStack has ended; its log: {log_file}")
        self.log_file = log_file


class SandboxStopped(SandboxError):
    """Another command has stopped the sandbox while this one used it."""

    def __init__(self, port: int) -> None:
        super().__init__(f"the sandbox on port {port} was stopped by another command")
        self.port = port


class StartFailed(SandboxError):
    """LocalStack ended, or was not ready in time."""

    def __init__(self, reason: str, log_file: Path) -> None:
        super().__init__(f"LocalStack did not start: {reason} (log: {log_file})")
        self.log_file = log_file


class StateUnusable(SandboxError):
    """The sandbox's folder cannot be written."""

    def __init__(self, folder: Path, cause: OSError) -> None:
        super().__init__(f"cannot write to {folder}: {cause.strerror or cause}")
        self.folder = folder
