"""Closing of circuits; tests/e2e has circuits that are open."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from faultline.operations.circuits import close_circuit
from infra.stages import stage


class OneClient(boto3.Session):
    """A session whose only client is DynamoDB's."""

    def __init__(self) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        self.dynamodb = super().client("dynamodb")

    def client(self, service_name: str, *_: Any, **__: Any) -> Any:
        assert service_name == "dynamodb", f"{service_name} is not to be asked"
        return self.dynamodb


@pytest.mark.parametrize("deleted", [{}, {"Attributes": {}}, {"Attributes": {"state": {"S": "CLOSED"}}}])
def test_a_circuit_that_is_not_open_is_not_said_to_be_closed(deleted: dict[str, Any]) -> None:
    """The name of another circuit does not look like success, and leaves no line in the audit trail."""
    session = OneClient()
    with Stubber(session.dynamodb) as table:
        table.add_response("delete_item", deleted)
        table.add_client_error("update_item", "ConditionalCheckFailedException")
        assert close_circuit(session, stage("dev"), "api.other.example") is False
