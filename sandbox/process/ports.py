"""TCP ports of this machine."""

import errno
import random
import socket
import time

import psutil

from sandbox.process.errors import PortUnusable
from sandbox.process.launch import HOST

_LASTING = range(20_000, 32_768)
"""Ports below the range of outgoing connections on Linux and macOS, which could occupy a port later."""

PATIENCE_SECONDS = 2.0

AFTER_A_KILL_SECONDS = 30.0
"""Time allowed for a killed large process to release its port on a busy machine."""


def free() -> int:
    """Return a port on which nothing is listening now."""
    return next(port for port in random.sample(_LASTING, len(_LASTING)) if owner(port) is None)


def owner(port: int, patience: float = PATIENCE_SECONDS) -> str | None:
    """Return a description of the program that occupies a port, or None if the port is free.

    A killed process occupies its port for another 0.3 s, or for seconds on a busy machine, but cannot be
    found. The check is therefore repeated before an unknown program is reported.

    Args:
        port: The port.
        patience: Seconds during which to try again.

    Raises:
        PortUnusable: The port cannot be used for another reason.
    """
    deadline = time.monotonic() + patience
    while not _can_listen(port):
        if listener := _listener(port):
            return listener
        if time.monotonic() > deadline:
            return "another program"
        time.sleep(0.05)
    return None


def refuses(port: int) -> bool:
    """Return whether nothing listens on the port, so that connections to it are refused at once."""
    with socket.socket() as client:
        client.settimeout(PATIENCE_SECONDS)
        return client.connect_ex((HOST, port)) == errno.ECONNREFUSED


def listens(process: psutil.Process, port: int) -> bool:
    """Return whether a process listens on the port.

    Raises:
        psutil.NoSuchProcess: The process has ended.
    """
    return any(
        connection.laddr.port == port
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    )


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the sandbox's web server does
        try:
            probe.bind((HOST, port))
            probe.listen()
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                return False
            raise PortUnusable(port, error) from error
    return True


def _listener(port: int) -> str | None:
    for process in psutil.process_iter(["pid", "name"]):
        try:
            if listens(process, port):
                return f"process {process.info['pid']} ({process.info['name']})"
        except psutil.Error:  # gone, or another user's
            continue
    return None
