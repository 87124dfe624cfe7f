"""The policy of who deploys: made from the template, no wider than the stage, and small enough for IAM."""

import dataclasses
import json
import re
from typing import Any

import pytest

from infra.api.openapi import resolvers
from infra.deploy import deployer_policy
from infra.deploy.deployer_actions import BY_TYPE, OWN
from infra.deploy.deployer_policy import MAX_POLICY_CHARACTERS, Place, deployment_policies, resource_types
from infra.errors import InvalidStage
from infra.stages import STAGES, stage

HERE = Place(account="123456789012", region="eu-west-1")


def statements(name: str) -> list[dict[str, Any]]:
    policies = deployment_policies(stage(name), resolvers(), HERE)
    return [statement for policy in policies.values() for statement in policy["Statement"]]


@pytest.mark.parametrize("name", STAGES)
def test_every_type_of_the_template_is_in_it(name: str) -> None:
    """No resource can be added that the policy would not let be made; and none is left that is gone."""
    assert resource_types(stage(name), resolvers()) <= BY_TYPE.keys()
    used = {kind for each in STAGES for kind in resource_types(stage(each), resolvers())}
    assert used == BY_TYPE.keys()


def test_a_type_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than left out."""
    known = {kind: grants for kind, grants in BY_TYPE.items() if kind != "AWS::SQS::Queue"}
    monkeypatch.setattr(deployer_policy, "BY_TYPE", known)
    with pytest.raises(InvalidStage, match="AWS::SQS::Queue"):
        statements("dev")


@pytest.mark.parametrize("name", STAGES)
def test_each_policy_fits(name: str) -> None:
    """IAM counts the characters of a managed policy."""
    for policy in deployment_policies(stage(name), resolvers(), HERE).values():
        assert len(re.sub(r"\s", "", json.dumps(policy))) <= MAX_POLICY_CHARACTERS


@pytest.mark.parametrize("name", STAGES)
def test_it_reaches_no_other_stage(name: str) -> None:
    """Each ARN names the stage, or is of something whose name AWS makes up; that has a reason."""
    nameless = re.compile(
        r"arn:aws:(apigateway:eu-west-1::/|kms:eu-west-1:123456789012:key/\*|"
        r"lambda:eu-west-1:123456789012:event-source-mapping:\*)|^\*$"
    )
    accounts_roles = ("role/faultline-apigateway-logs", "/AWSServiceRoleForAPIGateway")
    for statement in statements(name):
        for resource in statement["Resource"]:
            own = f"faultline-{name}" in resource or f"/faultline/{name}/" in resource
            assert own or nameless.search(resource) or resource.endswith(accounts_roles), resource
    for grant in (*OWN, *(each for grants in BY_TYPE.values() for each in grants)):
        assert grant.why or not any(
            each == "*" or each.endswith(("key/*", "mapping:*")) for each in grant.resources
        )


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        # Without it a first deployment is rolled back, because CloudFormation tags what it creates:
        # https://repost.aws/knowledge-center/cloudformation-tagging-permission-error
        *(
            (f"lambda:{action}", "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:*")
            for action in ("TagResource", "UntagResource", "ListTags")
        ),
        (
            "iam:CreateServiceLinkedRole",
            "arn:aws:iam::123456789012:role/aws-service-role/ops.apigateway.amazonaws.com/"
            "AWSServiceRoleForAPIGateway",
        ),
        ("logs:DescribeIndexPolicies", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/{stack}*"),
        ("dynamodb:GetResourcePolicy", "arn:aws:dynamodb:eu-west-1:123456789012:table/{stack}-*"),
    ],
)
@pytest.mark.parametrize("name", STAGES)
def test_a_first_deployment_to_an_empty_account_is_allowed(name: str, action: str, arn: str) -> None:
    """In what LocalStack's CloudFormation does not do: tag, read all properties, and create AWS's roles."""
    resource = arn.format(stack=f"faultline-{name}")
    assert any(action in each["Action"] and resource in each["Resource"] for each in statements(name))


@pytest.mark.parametrize("name", STAGES)
def test_no_action_is_a_pattern(name: str) -> None:
    """`*` in an action would grow with AWS."""
    assert not [action for statement in statements(name) for action in statement["Action"] if "*" in action]


@pytest.mark.parametrize("name", STAGES)
def test_roles_are_passed_to_services_alone(name: str) -> None:
    """To Lambda the functions', to API Gateway the one that it logs with."""
    passing = [each for each in statements(name) if "iam:PassRole" in each["Action"]]
    assert sorted(each["Condition"]["StringEquals"]["iam:PassedToService"] for each in passing) == [
        "apigateway.amazonaws.com",
        "lambda.amazonaws.com",
    ]


def test_other_partitions_have_their_own_arns() -> None:
    """China's, and AWS's for governments."""
    place = dataclasses.replace(HERE, partition="aws-cn")
    text = json.dumps(deployment_policies(stage("prod"), resolvers(), place))
    assert "arn:aws:" not in text
    assert "arn:aws-cn:" in text
