"""Listening socket of the console."""

import errno
import socket

from faultline.operations.errors import OperationFailed

ON_THIS_MACHINE = "127.0.0.1"
IN_CONTAINER = "0.0.0.0"  # noqa: S104 # the container's published port determines who can reach it


def listen(port: int, host: str = ON_THIS_MACHINE, *, option: str = "--port") -> socket.socket:
    """Create a socket that listens on a port; clients can connect before anything serves them.

    Args:
        port: The port; 0 for any free one.
        host: ON_THIS_MACHINE or IN_CONTAINER.
        option: Command line option for another port, for the error message.

    Raises:
        OperationFailed: If the port is in use, or cannot be opened for another reason.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit this option. The server does not set it for sockets that it inherits.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        is_used = error.errno == errno.EADDRINUSE
        reason = f"port {port} is in use" if is_used else f"cannot listen on port {port}: {error.strerror}"
        raise OperationFailed(f"{reason}; name another one with {option}") from error
    return listener
