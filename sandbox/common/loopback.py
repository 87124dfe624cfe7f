"""Binding of LocalStack's own web server to the address in GATEWAY_LISTEN.

The sandbox has another server (`web_server`), but benchmarks also start LocalStack with its own. That server
takes only the port from GATEWAY_LISTEN and listens on all addresses (`TwistedRuntimeServer.register`, "TODO:
interface = host?"), so LocalStack would be open to the network.
"""

from types import SimpleNamespace
from typing import Any

from localstack import config
from localstack.utils.patch import Patch


def install() -> None:
    """Bind the IPv4 endpoints to the addresses in GATEWAY_LISTEN, if LocalStack uses its own server."""
    if config.GATEWAY_SERVER != "twisted":
        return
    from localstack.runtime.server import twisted
    from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint

    hosts = {address.port: address.host for address in config.GATEWAY_LISTEN}

    def ipv4(reactor: Any, port: int) -> TCP4ServerEndpoint:
        return TCP4ServerEndpoint(reactor, port, interface=hosts[port])

    endpoints = SimpleNamespace(TCP4ServerEndpoint=ipv4, TCP6ServerEndpoint=TCP6ServerEndpoint)
    Patch(twisted, "endpoints", endpoints).apply()
