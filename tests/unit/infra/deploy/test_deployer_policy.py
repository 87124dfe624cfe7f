"""The policy of a deployer: generated from the template, limited to the stage, small enough for IAM."""

import dataclasses
import json
import re
from functools import cache
from typing import Any

import pytest

from infra.api.openapi import resolvers
from infra.deploy import deployer_policy
from infra.deploy import permissions_boundary as boundaries
from infra.deploy.account_region import AccountRegion
from infra.deploy.deployer_actions import BY_TYPE
from infra.deploy.deployer_policy import MAX_POLICY_CHARACTERS, deployment_policies, resource_types
from infra.deploy.own_actions import OWN
from infra.deploy.permissions_boundary import boundary_name, permissions_boundary
from infra.errors import InvalidStage
from infra.stack.permission_table import permission_table
from infra.stages import STAGES, StageSettings, stage
from infra.template import template
from tests.unit.infra.rendered import CODE

HERE = AccountRegion(account="123456789012", region="eu-west-1", partition="aws")


def bounded(name: str) -> StageSettings:
    return dataclasses.replace(stage(name), permissions_boundary=f"faultline-{name}-boundary")


@cache
def policies(name: str) -> str:
    return json.dumps([*deployment_policies(stage(name), resolvers(), HERE).values()])


def statements(name: str) -> list[dict[str, Any]]:
    return [statement for policy in json.loads(policies(name)) for statement in policy["Statement"]]


@cache
def types(name: str) -> frozenset[str]:
    return frozenset(resource_types(stage(name), resolvers()))


@pytest.mark.parametrize("name", STAGES)
def test_every_type_of_the_template_is_in_it(name: str) -> None:
    """The policy knows every type of resource in the template, and no type that no stage has."""
    assert types(name) <= BY_TYPE.keys()
    used = {kind for each in STAGES for kind in types(each)}
    assert used == BY_TYPE.keys()


def test_a_type_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resource type without known actions is an error, and is not left out."""
    known = {kind: grants for kind, grants in BY_TYPE.items() if kind != "AWS::SQS::Queue"}
    monkeypatch.setattr(deployer_policy, "BY_TYPE", known)
    with pytest.raises(InvalidStage, match="AWS::SQS::Queue"):
        deployment_policies(stage("dev"), resolvers(), HERE)


@pytest.mark.parametrize("name", STAGES)
def test_each_policy_fits(name: str) -> None:
    """Each policy is within IAM's limit of characters."""
    policies = deployment_policies(bounded(name), resolvers(), HERE)
    for policy in (*policies.values(), permissions_boundary(stage(name), HERE)):
        assert len(re.sub(r"\s", "", json.dumps(policy))) <= MAX_POLICY_CHARACTERS


@pytest.mark.parametrize("name", STAGES)
def test_it_reaches_no_other_stage(name: str) -> None:
    """Each ARN contains the stage, except for the account's resources and those that AWS names."""
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
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
        ("cloudwatch:DescribeAlarms", "*"),
        ("dynamodb:GetResourcePolicy", "arn:aws:dynamodb:eu-west-1:123456789012:table/{stack}-*"),
    ],
)
@pytest.mark.parametrize("name", STAGES)
def test_a_first_deployment_to_an_empty_account_is_allowed(name: str, action: str, arn: str) -> None:
    """The policy allows what a first deployment needs only on AWS, such as tags and service-linked roles."""
    resource = arn.format(stack=f"faultline-{name}")
    assert any(action in each["Action"] and resource in each["Resource"] for each in statements(name))


@pytest.mark.parametrize("action", ["cloudformation:ContinueUpdateRollback", "cloudformation:DescribeEvents"])
@pytest.mark.parametrize("name", STAGES)
def test_what_follows_a_failure_is_allowed(name: str, action: str) -> None:
    """A deployer may continue a failed rollback of the stage's own stack, and read why it was refused."""
    [allowed] = [each for each in statements(name) if action in each["Action"]]
    assert allowed["Resource"] == [f"arn:aws:cloudformation:eu-west-1:123456789012:stack/faultline-{name}/*"]


@pytest.mark.parametrize("name", STAGES)
def test_no_action_is_a_pattern(name: str) -> None:
    """No action has a `*`, which would cover more actions as AWS adds them."""
    assert not [action for statement in statements(name) for action in statement["Action"] if "*" in action]


@pytest.mark.parametrize("name", STAGES)
def test_roles_are_passed_to_services_alone(name: str) -> None:
    """Roles may be passed only to Lambda and API Gateway."""
    passing = [each for each in statements(name) if "iam:PassRole" in each["Action"]]
    assert sorted(each["Condition"]["StringEquals"]["iam:PassedToService"] for each in passing) == [
        "apigateway.amazonaws.com",
        "lambda.amazonaws.com",
    ]


@pytest.mark.parametrize("name", STAGES)
def test_roles_need_the_boundary_where_there_is_one(name: str) -> None:
    """With a boundary, every statement that allows creating or extending a role requires it."""

    def conditions(settings: StageSettings) -> set[str | None]:
        given = ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary")
        return {
            each.get("Condition", {}).get("StringEquals", {}).get("iam:PermissionsBoundary")
            for policy in deployment_policies(settings, resolvers(), HERE).values()
            for each in policy["Statement"]
            # API Gateway's role for logs may have only one policy, which is AWS's.
            if set(given) & set(each["Action"]) and not each["Resource"][0].endswith("apigateway-logs")
        }

    arn = f"arn:aws:iam::123456789012:policy/{boundary_name(stage(name))}"
    assert conditions(bounded(name)) == {arn}
    assert conditions(stage(name)) == {None}


@pytest.mark.parametrize("name", STAGES)
def test_the_functions_roles_have_the_boundary(name: str) -> None:
    def boundaries(settings: StageSettings) -> list[Any]:
        resources = template(settings, CODE, resolvers()).to_dict()["Resources"].values()
        return [
            each["Properties"].get("PermissionsBoundary")
            for each in resources
            if each["Type"] == "AWS::IAM::Role"
        ]

    assert boundaries(stage(name)) == [None] * 5
    arn = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/faultline-{name}-boundary"
    assert boundaries(bounded(name)) == [{"Fn::Sub": arn}] * 5


@pytest.mark.parametrize("name", STAGES)
def test_the_boundary_has_every_way_to_the_key(name: str) -> None:
    """The boundary allows the key for every service through which the functions use it."""
    [of_keys] = [
        statement
        for statement in permissions_boundary(stage(name), HERE)["Statement"]
        if "kms:Decrypt" in statement["Action"]
    ]
    ways = {
        condition["StringEquals"]["kms:ViaService"].partition(".")[0]
        for condition in (row.conditions for row in permission_table(stage(name)))
        if "kms:ViaService" in condition.get("StringEquals", {})
    }
    assert ways == {"sns", "ssm"}
    allowed = of_keys["Condition"]["StringLike"]["kms:ViaService"]
    assert allowed == [f"{service}.eu-west-1.*" for service in sorted(ways)]


def test_a_service_without_a_bound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service without known resources is an error, and is not allowed as a whole."""
    monkeypatch.delitem(boundaries.RESOURCES, "sqs")
    with pytest.raises(InvalidStage, match="sqs"):
        permissions_boundary(stage("dev"), HERE)


def test_other_partitions_have_their_own_arns() -> None:
    """ARNs in China have the partition `aws-cn`, in the policies and in the boundary."""
    where = dataclasses.replace(HERE, partition="aws-cn")
    boundary = permissions_boundary(stage("prod"), where)
    text = json.dumps([deployment_policies(stage("prod"), resolvers(), where), boundary])
    assert "arn:aws:" not in text
    assert "arn:aws-cn:" in text
