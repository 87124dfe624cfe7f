"""Revocation of API keys; tests/e2e/test_authentication.py has keys that are used."""

from datetime import UTC, datetime

import pytest
from botocore.stub import ANY, Stubber

from faultline.operations import api_keys, audit
from infra.stages import stage
from tests.unit.only_clients import OnlyClients


def test_all_keys_of_a_client_are_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway may have two keys of one name, as after a creation whose response was lost."""
    session, noted = OnlyClients("apigateway"), list[str]()
    monkeypatch.setattr(audit, "note", lambda *_, api_key_id, **__: noted.append(api_key_id))
    made = {"enabled": True, "createdDate": datetime(2026, 1, 1, tzinfo=UTC)}
    names = {"1": "client", "2": "another", "3": "client"}
    items = [{"id": id, "name": f"faultline-prod:{name}", **made} for id, name in names.items()]
    with Stubber(session.clients["apigateway"]) as gateway:
        gateway.add_response("get_api_keys", {"items": items}, {"nameQuery": ANY, "includeValues": False})
        for id in ("1", "3"):
            gateway.add_response("delete_api_key", {}, {"apiKey": id})
        api_keys.revoke(session, stage("prod"), "client")
        gateway.assert_no_pending_responses()
    assert noted == ["1", "3"]
