"""A LocalStack shared by the executor's tests that need no instance of their own."""

from collections.abc import Iterator

import pytest

from tests.sandbox.executor.localstack import LocalStack


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Run LocalStack, and kill it at the end of the session."""
    localstack = LocalStack(tmp_path_factory.mktemp("localstack"))
    try:
        localstack.wait()
        yield localstack
    finally:
        localstack.kill()
