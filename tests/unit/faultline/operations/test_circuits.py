"""Closing of circuits; tests/e2e has circuits that are open."""

from typing import Any

import pytest
from botocore.stub import Stubber

from faultline.operations.circuits import close_circuit
from infra.stages import stage
from tests.unit.only_clients import OnlyClients


@pytest.mark.parametrize("deleted", [{}, {"Attributes": {}}, {"Attributes": {"state": {"S": "CLOSED"}}}])
def test_a_circuit_that_is_not_open_is_not_said_to_be_closed(deleted: dict[str, Any]) -> None:
    """The name of another circuit does not look like success, and leaves no line in the audit trail."""
    session = OnlyClients("dynamodb")
    with Stubber(session.clients["dynamodb"]) as table:
        table.add_response("delete_item", deleted)
        table.add_client_error("update_item", "ConditionalCheckFailedException")
        assert close_circuit(session, stage("dev"), "api.other.example") is False
