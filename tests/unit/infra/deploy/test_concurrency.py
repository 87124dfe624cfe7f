"""A deployment's warning about an account with too little concurrency."""

import boto3
import pytest
from botocore.stub import Stubber

from infra.deploy.concurrency import shortage
from infra.stages import stage


class OnlyLambda(boto3.Session):
    """A session whose only client is Lambda's, with predefined answers."""

    def __init__(self) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        self.functions = super().client("lambda")

    def client(self, service_name: str, *_: object, **__: object) -> object:  # type: ignore[override]
        assert service_name == "lambda"
        return self.functions


@pytest.mark.parametrize(("limit", "enough"), [(10, False), (214, False), (215, True), (1000, True)])
def test_an_account_with_too_little_is_told(limit: int, enough: bool) -> None:
    """A deployment warns if the account has less concurrency left than the stage may need."""
    session = OnlyLambda()
    with Stubber(session.functions) as answers:
        account = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": limit}
        answers.add_response("get_account_settings", {"AccountLimit": account})
        found = shortage(session, stage("prod"))
    assert (found is None) is enough
    if found:
        assert found.startswith(
            f"this account can run {limit} functions at once, and faultline-prod may need 215"
        )


def test_a_deployer_who_may_not_ask_still_deploys() -> None:
    session = OnlyLambda()
    with Stubber(session.functions) as answers:
        answers.add_client_error("get_account_settings", "AccessDeniedException")
        found = shortage(session, stage("prod"))
    assert found == (
        "the account's concurrency is not checked (lambda:GetAccountSettings: AccessDeniedException)"
    )
