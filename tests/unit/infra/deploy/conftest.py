"""A boto3 session whose only client gives predefined answers."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from tests.unit.infra.deploy.one_client import OneClient


@pytest.fixture
def session() -> OneClient:
    return OneClient()


@pytest.fixture
def answers(session: OneClient) -> Iterator[Stubber]:
    """Stub CloudFormation's answers, and require that all of them were used."""
    with Stubber(session.cloudformation) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
