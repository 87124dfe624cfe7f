"""Listen on the address that GATEWAY_LISTEN names.

LocalStack 4.14.0's web server takes the port from GATEWAY_LISTEN and listens on all addresses
(`TwistedRuntimeServer.register`, "TODO: interface = host?"): a sandbox would be open to the network.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from types import SimpleNamespace
from typing import Any

from localstack import config
from localstack.runtime import hooks
from localstack.runtime.server import twisted
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint


@hooks.on_infra_start()
def listen_where_told() -> None:
    """Give the server's IPv4 endpoints their address."""
    hosts = {address.port: address.host for address in config.GATEWAY_LISTEN}

    def ipv4(reactor: Any, port: int) -> TCP4ServerEndpoint:
        return TCP4ServerEndpoint(reactor, port, interface=hosts[port])

    vars(twisted)["endpoints"] = SimpleNamespace(
        TCP4ServerEndpoint=ipv4, TCP6ServerEndpoint=TCP6ServerEndpoint
    )
