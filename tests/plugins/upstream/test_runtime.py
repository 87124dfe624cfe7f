"""Faults of LocalStack at its start, in its web server, S3 and IAM, whose corrections are still needed."""

import inspect

from localstack.aws import handlers
from localstack.runtime.hooks import HookManager
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.services.s3.provider import DEFAULT_S3_TMP_DIR
from localstack.utils.aws import aws_stack


def test_files_of_s3_are_in_a_fixed_folder() -> None:
    """sandbox.services.s3.provider: every LocalStack of a machine keeps S3's files in one folder."""
    assert DEFAULT_S3_TMP_DIR == "/tmp/localstack-s3-storage"


def test_s3_asks_dns_for_its_own_name() -> None:
    """sandbox.services.s3.provider: LocalStack resolves the host name of S3."""
    assert "gethostbyname(S3_VIRTUAL_HOSTNAME)" in inspect.getsource(aws_stack.get_s3_hostname)


def test_plugins_that_cannot_be_loaded_are_passed_over() -> None:
    """sandbox.plugins: the loader ignores a failure."""
    assert inspect.signature(HookManager.load_all_sorted).parameters["propagate_exceptions"].default is False


def test_server_ignores_the_address() -> None:
    """sandbox.common.loopback: LocalStack's web server listens on all IPv4 addresses in any case."""
    assert "endpoints.TCP4ServerEndpoint(reactor, host_and_port.port)" in inspect.getsource(
        TwistedRuntimeServer.register
    )


def test_nobody_is_refused() -> None:
    """iam.permissions: no handler in the chain of a request checks the caller's permissions."""
    assert not [each for each in vars(handlers) if "iam" in each or "permission" in each or "polic" in each]
