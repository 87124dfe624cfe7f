"""Dropping a request's connection without a response, as a failing network does."""

import os
import socket
import struct
from typing import Any

_SOCKET = "werkzeug.socket"
"""The name of the connection in a request's WSGI environment (sandbox.common.web_server)."""


def drop(request: Any) -> None:
    """Reset (TCP RST) the connection of a request. A later response is not sent."""
    connection: socket.socket = request.environ[_SOCKET]
    # With a linger time of zero, the kernel sends a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
