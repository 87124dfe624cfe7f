"""Creation of private keys on first use.

An RSA key takes 0.05 to 0.2 s of processor time. LocalStack creates one for TLS and one to sign SNS's
messages, and moto one for each KMS key, even for a symmetric one. They are rarely used.
"""

from functools import cached_property, partial
from typing import Any

from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.runtime.runtime import LocalstackRuntime
from localstack.runtime.server import twisted as server
from localstack.utils.patch import Patch
from localstack.utils.ssl import create_ssl_cert, install_predefined_cert_if_available
from moto.kms import models
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from zope.interface import implementer

from sandbox.speed.postponed_imports import Later


def install() -> None:
    """Postpone the keys of TLS and KMS. `postponed_imports` postpones SNS's."""
    Patch(LocalstackRuntime, "_init_gateway_server", _init_gateway_server).apply()
    make = models.generate_private_key
    Patch(models, "generate_private_key", lambda spec: Later(partial(make, spec))).apply()


def _init_gateway_server(runtime: LocalstackRuntime) -> None:
    """Replace LocalstackRuntime._init_gateway_server, to postpone the creation of a certificate."""
    listen = runtime.config.GATEWAY_LISTEN
    certificate = _Certificate(listen[0].port)

    def serve(gateway: Gateway) -> TLSMultiplexerFactory:
        return TLSMultiplexerFactory(certificate, False, TwistedGateway(gateway))

    with Patch(server, "TwistedGateway", serve):
        runtime.components.runtime_server.register(runtime.components.gateway, listen)


@implementer(IOpenSSLServerConnectionCreator)
class _Certificate:
    """LocalStack's own certificate, created for the first connection that begins with a TLS handshake."""

    def __init__(self, serial_number: int) -> None:
        self._serial_number = serial_number

    def serverConnectionForTLS(self, protocol: Any) -> Any:  # noqa: N802 # twisted's name
        return self._creator.serverConnectionForTLS(protocol)

    @cached_property
    def _creator(self) -> Any:
        install_predefined_cert_if_available()
        _, certificate, key = create_ssl_cert(serial_number=self._serial_number)
        context = DefaultOpenSSLContextFactory(key, certificate)
        context.getContext().use_certificate_chain_file(certificate)
        # As TLSMultiplexerFactory does with a context that exists from the start.
        return TLSMultiplexerFactory(context, False, None)._connectionCreator
