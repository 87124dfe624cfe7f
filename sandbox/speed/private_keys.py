"""Creation of private keys on first use.

An RSA key takes 0.05 to 0.2 s of processor time. LocalStack creates one for TLS and one to sign SNS's
messages, and moto one for each KMS key, even for a symmetric one. They are rarely used.
"""

from functools import partial

from localstack.runtime.runtime import LocalstackRuntime
from localstack.utils.patch import Patch
from moto.kms import models

from sandbox.speed.postponed_imports import Later


def install() -> None:
    """Postpone the keys of TLS and KMS. `postponed_imports` postpones SNS's."""
    Patch(LocalstackRuntime, "_init_gateway_server", _init_gateway_server).apply()
    make = models.generate_private_key
    Patch(models, "generate_private_key", lambda spec: Later(partial(make, spec))).apply()


def _init_gateway_server(runtime: LocalstackRuntime) -> None:
    """Replace LocalstackRuntime._init_gateway_server, and leave the certificate to our web server.

    It creates the certificate when a client first uses TLS (`sandbox.common.web_server`).
    """
    runtime.components.runtime_server.register(runtime.components.gateway, runtime.config.GATEWAY_LISTEN)
