"""The permissions in a deployment's policies, some of which apply only through CloudFormation.

Resources are compared only where `iam.permissions` knows them.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.api.openapi import resolvers
from infra.deploy.deployer_policy import deployment_policies
from infra.deploy.permissions_boundary import permissions_boundary
from infra.stage_names import STACK_TAG
from sandbox.services.iam.permissions.calls import Call, Need, needs
from tests.sandbox.deploy.observation import (
    ACCOUNT,
    BOUNDARY_ARN,
    HERE,
    REGION,
    SETTINGS,
    Made,
    Observed,
    observe,
)
from tests.sandbox.deploy.verdicts import Judge, judging

VIA = ("aws:calledvia", "cloudformation.amazonaws.com")


@pytest.fixture(scope="module")
def observed(state_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    return observe(tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="module")
def made(observed: Observed) -> list[Made]:
    return observed.made


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging() as judge:
        yield judge


@pytest.fixture(scope="module")
def allowed(judge: Judge) -> Callable[..., bool]:
    """Return a function that tells whether a deployment may make a call in a context."""
    policies = [json.dumps(each) for each in deployment_policies(SETTINGS, resolvers(), HERE).values()]
    return lambda call, *context: judge(policies, call, context)


def of_prod(parameters: Any) -> Any:
    text = json.dumps(parameters, default=str)
    return json.loads(
        text.replace("faultline-test", "faultline-prod").replace("/faultline/test/", "/faultline/prod/")
    )


@pytest.fixture(scope="module")
def keys(observed: Observed) -> Callable[[Call], Iterator[tuple[str, str]]]:
    """Return a function that yields the condition keys of a call."""

    def of(call: Call) -> Iterator[tuple[str, str]]:
        parameters = call.parameters
        if "EventSourceMapping" in call.operation:
            name = parameters.get("FunctionName", f"{SETTINGS.stack_name}-process-task")
            yield "lambda:functionarn", name if name.startswith("arn:") else call.arn(f"function:{name}")
        if call.operation == "AttachRolePolicy":
            yield "iam:policyarn", parameters["PolicyArn"]
        if call.service in ("kms", "apigateway"):
            yield from _tag_keys(call, observed.tags)
        if call.service == "iam" and "RoleName" in parameters:
            boundary = parameters.get("PermissionsBoundary") or observed.boundaries.get(
                parameters["RoleName"]
            )
            if boundary:
                yield "iam:permissionsboundary", boundary

    return of


def _tag_keys(call: Call, tags: dict[str, str]) -> Iterator[tuple[str, str]]:
    parameters = call.parameters
    given = parameters.get("tags") or parameters.get("Tags") or {}
    if isinstance(given, list):
        given = {each["TagKey"]: each["TagValue"] for each in given}
    if STACK_TAG in given:
        yield f"aws:requesttag/{STACK_TAG}", given[STACK_TAG]
    id = next((parameters[name] for name in ("KeyId", "restApiId", "usagePlanId") if name in parameters), "")
    if tags.get(id.rpartition("/")[2]):
        yield f"aws:resourcetag/{STACK_TAG}", tags[id.rpartition("/")[2]]


def test_all_that_a_deployment_does_is_allowed(
    made: list[Made], allowed: Callable[..., bool], keys: Callable[..., Any]
) -> None:
    """The policy allows a deployment's own calls, and CloudFormation's on its behalf."""
    done = {(each.call.service, each.call.operation) for each in made}
    # The observed deployment includes every service and the deletion.
    assert {service for service, _ in done} >= {
        *("apigateway", "cloudformation", "cloudwatch", "dynamodb", "events", "iam", "kms", "lambda"),
        *("logs", "s3", "sns", "sqs", "ssm"),
    }
    assert {("sqs", "CreateQueue"), ("sqs", "DeleteQueue"), ("dynamodb", "DeleteTable")} <= done
    refused = {
        (each.via_cloudformation, each.call.service, each.call.operation, str(each.call.parameters)[:200])
        for each in made
        if not allowed(each.call, *keys(each.call), *([VIA] if each.via_cloudformation else []))
    }
    assert refused == set()


def test_nobody_may_do_for_themselves_what_cloudformation_does(
    made: list[Made], allowed: Callable[..., bool], keys: Callable[..., Any]
) -> None:
    """Outside CloudFormation, its calls are refused, except API Gateway's and the deployment's own."""
    by_itself = {(each.call.service, each.call.operation) for each in made if not each.via_cloudformation}
    open_to_them = {
        (each.call.service, each.call.operation)
        for each in made
        if each.via_cloudformation and allowed(each.call, *keys(each.call))
    }
    by_itself.add(("s3", "ListObjectsV2"))  # a teardown that empties the bucket, which was empty here
    # API Gateway's actions are HTTP verbs without names of resources.
    assert {each for each in open_to_them - by_itself if each[0] != "apigateway"} == set()


def test_what_it_has_no_statement_for_is_refused(made: list[Made], allowed: Callable[..., bool]) -> None:
    """Calls of another stage's deployment, and calls that no deployment makes, are refused."""
    other = [
        dataclasses.replace(each.call, parameters=of_prod(each.call.parameters))
        for each in made
        if each.call.service in ("dynamodb", "lambda") and needs(each.call)[0].resource
    ]
    assert len(other) > 10
    assert not [call for call in other if allowed(call, VIA)]
    iam = Call(service="iam", operation="CreateUser", parameters={}, region=REGION, account=ACCOUNT)
    assert not allowed(iam, VIA)


def test_keys_apis_and_plans_of_others_are_not_changed(
    observed: Observed, allowed: Callable[..., bool], keys: Callable[..., Any]
) -> None:
    """KMS keys, APIs and usage plans with another stack's tag, or without one, cannot be changed."""
    changes = [
        each.call
        for each in observed.made
        if each.via_cloudformation
        and each.call.service in ("kms", "apigateway")
        and not each.call.operation.startswith(("Get", "Describe", "List"))
    ]
    assert {call.operation for call in changes} >= {
        *("CreateKey", "EnableKeyRotation", "ScheduleKeyDeletion"),
        *("CreateRestApi", "PutRestApi", "CreateDeployment", "DeleteRestApi", "CreateUsagePlan"),
    }

    def tags(call: Call, value: str) -> list[tuple[str, str]]:
        return [(key, value if STACK_TAG in key else own) for key, own in keys(call)]

    assert all(allowed(call, *tags(call, SETTINGS.stack_name), VIA) for call in changes)
    assert not {call.operation for call in changes if allowed(call, *tags(call, "faultline-prod"), VIA)}
    assert not {call.operation for call in changes if allowed(call, VIA)}


def test_roles_are_made_and_changed_only_with_the_boundary(
    made: list[Made], allowed: Callable[..., bool], keys: Callable[..., Any]
) -> None:
    """Roles can be created and changed only with the boundary, which cannot be removed."""
    calls = [
        each.call
        for each in made
        if each.via_cloudformation and each.call.operation in ("CreateRole", "PutRolePolicy")
    ]
    assert {call.operation for call in calls} == {"CreateRole", "PutRolePolicy"}
    for call in calls:
        assert allowed(call, *keys(call), VIA)
        assert not allowed(call, VIA)
        assert not allowed(call, ("iam:permissionsboundary", f"{BOUNDARY_ARN}-of-others"), VIA)
    removal = dataclasses.replace(calls[0], operation="DeleteRolePermissionsBoundary")
    assert not allowed(removal, ("iam:permissionsboundary", BOUNDARY_ARN), VIA)


def test_nothing_of_others_is_imported(made: list[Made], allowed: Callable[..., bool]) -> None:
    """A stack may import retained tables, but not KMS keys, which it would tag as its own."""
    create = next(each.call for each in made if each.call.operation == "CreateChangeSet")
    key = "cloudformation:importresourcetypes"
    assert allowed(create, (key, "AWS::DynamoDB::Table"))
    assert not allowed(create, (key, "AWS::KMS::Key"))


def test_the_boundary_leaves_the_functions_what_they_may(observed: Observed, judge: Judge) -> None:
    """The boundary allows each role's actions on its resources, and only KMS actions on another stage's."""
    boundary = json.dumps(permissions_boundary(SETTINGS, HERE))
    context = [("kms:viaservice", f"sns.{REGION}.amazonaws.com")]
    needed = [
        Need(action, resource)
        for statements in observed.policies.values()
        for statement in statements
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert len(observed.policies) == 5
    assert set(observed.boundaries.values()) == {BOUNDARY_ARN}
    assert len(needed) > 40
    assert not [need for need in needed if not judge([boundary], need, context)]
    others = [need._replace(resource=of_prod(need.resource)) for need in needed if need.resource != "*"]
    reached = [need for need in others if judge([boundary], need, context)]
    assert {need.action.partition(":")[0] for need in reached} == {"kms"}
    assert not judge([boundary], Need("s3:GetObject", "*"), context)
