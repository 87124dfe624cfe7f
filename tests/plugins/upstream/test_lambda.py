"""Faults of LocalStack in Lambda whose corrections are still needed.

When a test fails after an upgrade, its correction can go.
"""

import inspect

from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.lambda_.provider import LambdaProvider


def test_payloads_have_no_limit() -> None:
    """sandbox.services.lambda_.payloads: no step of an invocation looks at the payload's size."""
    for step in (LambdaProvider.invoke, LambdaService.invoke):
        source = inspect.getsource(step)
        assert "len(payload" not in source
        assert "TooLarge" not in source
