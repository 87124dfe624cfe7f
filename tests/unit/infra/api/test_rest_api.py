"""The REST API's settings apart from its document."""

from typing import Any

import pytest

from infra.api.openapi import Resolvers
from infra.api.rest_api import SECURITY
from infra.stages import stage
from infra.template import template
from tests.unit.infra.rendered import CODE, of_type, properties


@pytest.mark.parametrize("setting", SECURITY)
def test_a_changed_security_policy_is_deployed(
    apis: Resolvers, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed TLS policy takes effect, as it makes a new deployment of the API."""

    def rendered() -> dict[str, Any]:
        found: dict[str, Any] = template(stage("prod"), CODE, apis).to_dict()
        return found

    before = rendered()
    monkeypatch.setitem(SECURITY, setting, "another")
    changed = rendered()

    assert properties(changed, "Api")[setting] == "another"
    [former], [new] = (of_type(each, "AWS::ApiGateway::Deployment") for each in (before, changed))
    assert former != new
