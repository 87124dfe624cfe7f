"""Faults of LocalStack in Lambda whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect

from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.services.lambda_.provider import LambdaProvider


def test_payloads_have_no_limit() -> None:
    """No step of an invocation checks the payload's size (sandbox.services.lambda_.payloads)."""
    for step in (LambdaProvider.invoke, LambdaService.invoke):
        source = inspect.getsource(step)
        assert "len(payload" not in source
        assert "TooLarge" not in source


def test_loops_are_not_stopped() -> None:
    """No step of an invocation detects recursive loops (sandbox.services.lambda_.recursion)."""
    for step in (LambdaService.invoke, LambdaVersionManager.invoke, ExecutionEnvironment.invoke):
        source = inspect.getsource(step)
        assert "_lineage" not in source
        assert "recursive_loop" not in source
        assert "RecursiveInvocation" not in source
