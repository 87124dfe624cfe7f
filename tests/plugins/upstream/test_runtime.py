"""Faults in LocalStack's startup, web server, S3 and IAM whose corrections are still needed."""

import inspect

from localstack.aws import handlers
from localstack.runtime.hooks import HookManager
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.services.s3.provider import DEFAULT_S3_TMP_DIR
from localstack.utils.aws import aws_stack
from twisted.web.http import Request


def test_files_of_s3_are_in_a_fixed_folder() -> None:
    """All LocalStack instances on a machine keep S3's files in one folder (sandbox.services.s3.provider)."""
    assert DEFAULT_S3_TMP_DIR == "/tmp/localstack-s3-storage"


def test_s3_asks_dns_for_its_own_name() -> None:
    """LocalStack resolves the host name of S3 (sandbox.services.s3.provider)."""
    assert "gethostbyname(S3_VIRTUAL_HOSTNAME)" in inspect.getsource(aws_stack.get_s3_hostname)


def test_plugins_that_cannot_be_loaded_are_passed_over() -> None:
    """Plug-ins that cannot be loaded are ignored (sandbox.plugins)."""
    assert inspect.signature(HookManager.load_all_sorted).parameters["propagate_exceptions"].default is False


def test_server_ignores_the_address() -> None:
    """The web server always listens on all IPv4 addresses (sandbox.common.web_server)."""
    assert "endpoints.TCP4ServerEndpoint(reactor, host_and_port.port)" in inspect.getsource(
        TwistedRuntimeServer.register
    )


def test_twisted_reads_forms() -> None:
    """Twisted inspects a body's media type and refuses invalid forms (sandbox.common.web_server)."""
    source = inspect.getsource(Request.requestReceived)
    assert "_parseContentType(" in source
    assert "_respondToBadRequestAndDisconnect" in source


def test_nobody_is_refused() -> None:
    """No request handler checks the caller's permissions (sandbox.services.iam.permissions)."""
    assert not [each for each in vars(handlers) if "iam" in each or "permission" in each or "polic" in each]
