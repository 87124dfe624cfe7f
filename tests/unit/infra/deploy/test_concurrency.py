"""A deployment that lacks concurrency is warned, or refused if AWS is sure to refuse it."""

import dataclasses
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.api.openapi import Resolvers
from infra.deploy.concurrency import lacks
from infra.errors import DeploymentFailed
from infra.stages import StageSettings, stage
from infra.template import template
from tests.unit.infra.rendered import CODE
from tests.unit.only_clients import OnlyClients

PROD = stage("prod")
SMALL = dataclasses.replace(PROD, process_concurrency=2, monitor_concurrency=2)
WITHOUT = dataclasses.replace(PROD, provisioned_concurrency={})


def found(limit: int, settings: StageSettings = PROD, deployed: dict[str, Any] | None = None) -> list[str]:
    """Return the warnings of a deployment, given the account's unreserved concurrency."""
    session = OnlyClients("lambda")
    with Stubber(session.clients["lambda"]) as answers:
        account = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": limit}
        answers.add_response("get_account_settings", {"AccountLimit": account})
        return [*lacks(session, settings, deployed or {})]


@pytest.fixture
def deployed(apis: Resolvers) -> dict[str, Any]:
    """Return the deployed template of prod, whose functions have 4 provisioned environments."""
    rendered: dict[str, Any] = template(PROD, CODE, apis).to_dict()
    return rendered


@pytest.mark.parametrize(("limit", "enough"), [(14, False), (214, False), (215, True), (1000, True)])
def test_an_account_with_too_little_is_told(limit: int, enough: bool) -> None:
    """A deployment warns if the account has less concurrency left than the stage may need."""
    warnings = found(limit)
    assert (not warnings) is enough
    if warnings:
        assert warnings[-1].startswith(
            f"this account can run {limit} functions at once, and faultline-prod may need 215"
        )


def test_provisioned_concurrency_that_leaves_too_little_is_refused() -> None:
    """A deployment fails if the account could not leave even the least of AWS's minimums unreserved."""
    with pytest.raises(DeploymentFailed) as refused:
        found(13)
    assert str(refused.value) == (
        "AWS would refuse 4 more provisioned environments of faultline-prod: 9 of this account's 13 "
        "unreserved concurrent executions of Lambda would be left, and at least 10 must be. Ask Service "
        "Quotas for more concurrent executions of Lambda, or set provisioned_concurrency of the stage to "
        "nothing"
    )
    assert found(13, WITHOUT)


def test_what_aws_may_refuse_is_told() -> None:
    """A deployment that leaves less than AWS's documented minimum is only warned."""
    [told] = found(103, SMALL)
    assert told.startswith("AWS may refuse 4 more provisioned environments of faultline-prod: 99 of")
    assert found(104, SMALL) == []


def test_what_is_deployed_already_needs_no_more(deployed: dict[str, Any]) -> None:
    """Environments that a stage already has are no longer unreserved, and not counted twice."""
    assert found(211, PROD, deployed) == []
    assert found(210, PROD, deployed)
    assert "may need 215" in found(6, PROD, deployed)[0]
    more = dataclasses.replace(SMALL, provisioned_concurrency={"submit_task": 4, "process_task": 1})
    with pytest.raises(DeploymentFailed, match="refuse 1 more provisioned environments"):
        found(10, more, deployed)
    assert found(99, dataclasses.replace(SMALL, provisioned_concurrency={"submit_task": 3}), deployed) == []


def test_a_deployer_who_may_not_ask_still_deploys() -> None:
    session = OnlyClients("lambda")
    with Stubber(session.clients["lambda"]) as answers:
        answers.add_client_error("get_account_settings", "AccessDeniedException")
        told = [*lacks(session, PROD, {})]
    assert told == [
        "the account's concurrency is not checked (lambda:GetAccountSettings: AccessDeniedException)"
    ]
