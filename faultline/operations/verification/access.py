"""Checks of authentication and permissions."""

import re
from collections.abc import Iterator
from typing import Any

from faultline.client.api import ApiClient
from faultline.operations.verification.check import NotApplicable, NotAsPromised
from faultline.operations.verification.deployed import Deployed
from faultline.operations.verification.stack import paths, physical_ids, rendered
from infra.stage_names import STACK_TAG

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_FORBIDDEN = 403


def keys(stage: Deployed) -> None:
    """Check that each route refuses a call without an API key."""
    if stage.settings.authentication == "none":
        if stage.is_aws:
            raise NotAsPromised("the stage has no authentication: anybody can call its API")
        raise NotApplicable("the stage has no authentication")
    stranger = ApiClient(stage.outputs.api_url)
    open_routes = [
        f"{method.upper()} {path}"
        for path, operations in paths(stage).items()
        for method in operations.keys() & _METHODS
        if stranger.call(method.upper(), re.sub(r"\{[^}]*\}", "verify", path), json={}).status != _FORBIDDEN
    ]
    if open_routes:
        raise NotAsPromised(f"open to anybody: {', '.join(sorted(open_routes))}")


def no_wildcards(stage: Deployed) -> None:
    """Check that no role has a wildcard that is not in the template."""
    stated = {
        name: set(_wildcards(policy["PolicyDocument"] for policy in properties.get("Policies", [])))
        for name, properties in rendered(stage, "AWS::IAM::Role").items()
    }
    iam = stage.session.client("iam")
    for logical, role in physical_ids(stage, "AWS::IAM::Role").items():
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = (iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names)
        if more := sorted(set(_wildcards(documents)) - stated.get(logical, set())):
            raise NotAsPromised(f"{role} has wildcards that are not in the template: {more}")


def tags(stage: Deployed) -> None:
    """Check that the key, the API and the usage plan have the tag that deployers' permissions depend on."""
    keys, gateway = stage.session.client("kms"), stage.session.client("apigateway")
    found = {
        f"key {key}": {tag["TagKey"]: tag["TagValue"] for tag in keys.list_resource_tags(KeyId=key)["Tags"]}
        for key in physical_ids(stage, "AWS::KMS::Key").values()
    }
    for api in physical_ids(stage, "AWS::ApiGateway::RestApi").values():
        found[f"API {api}"] = gateway.get_rest_api(restApiId=api).get("tags", {})
    for plan in physical_ids(stage, "AWS::ApiGateway::UsagePlan").values():
        found[f"usage plan {plan}"] = gateway.get_usage_plan(usagePlanId=plan).get("tags", {})
    own = stage.settings.stack_name
    if untagged := sorted(name for name, given in found.items() if given.get(STACK_TAG) != own):
        raise NotAsPromised(f"without the tag {STACK_TAG}={own}: {', '.join(untagged)}")


def _wildcards(documents: Any) -> Iterator[str]:
    """Yield the actions in policies that contain a wildcard, or that apply to all resources."""
    for document in documents:
        for statement in _several(document["Statement"]):
            for action in _several(statement.get("Action", "*")):
                if "*" in action or "*" in _several(statement.get("Resource", "*")):
                    yield action


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
