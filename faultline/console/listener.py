"""The socket on which the console listens."""

import errno
import socket

from faultline.operations.errors import OperationFailed

ON_THIS_MACHINE = "127.0.0.1"
IN_CONTAINER = "0.0.0.0"  # noqa: S104 # the publication of the container's port decides who reaches it


def listen(port: int, host: str = ON_THIS_MACHINE, *, option: str = "--port") -> socket.socket:
    """Return a socket that listens on a port. It accepts connections before anything serves them.

    Args:
        port: The port; 0 for any free one.
        host: ON_THIS_MACHINE or IN_CONTAINER.
        option: The option that names another port.

    Raises:
        OperationFailed: If the port is in use.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Its connections inherit it. The server would not set it: it takes inherited sockets for those of files.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OperationFailed(f"port {port} is in use; name another one with {option}") from error
        raise
    return listener
