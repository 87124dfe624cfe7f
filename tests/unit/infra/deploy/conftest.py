"""A boto3 session whose only client gives predefined answers."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from tests.unit.only_clients import OnlyClients


@pytest.fixture
def session() -> OnlyClients:
    return OnlyClients("cloudformation")


@pytest.fixture
def answers(session: OnlyClients) -> Iterator[Stubber]:
    """Stub CloudFormation's answers, and require that all of them were used."""
    with Stubber(session.clients["cloudformation"]) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
