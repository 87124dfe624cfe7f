"""`faultline verify` against the deployed stack."""

from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.verify import CHECKS, verify
from infra.deploy.endpoint import endpoint, is_aws
from tests.e2e.stack import Stack


def test_all_promises_hold(stack: Stack) -> None:
    """All checks of `faultline verify` are made, and none of them fails."""
    deployed = Deployed(
        session=stack.session,
        settings=stack.settings,
        outputs=stack.outputs,
        api=stack.api,
        is_aws=is_aws(endpoint(stack.session)),
    )
    found = verify(deployed)
    assert [each.check for each in found] == list(CHECKS)
    assert [f"{each.check.promise}: {each.reason}" for each in found if each.holds is False] == []
