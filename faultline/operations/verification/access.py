"""Checks of what callers and functions may do."""

import re
from collections.abc import Iterator
from threading import Lock
from typing import Any

from faultline.client.api import ApiClient
from faultline.operations.verification.check import NotApplicable, NotAsPromised
from faultline.operations.verification.deployed import Deployed
from infra.api.client_document import client_document
from infra.api.openapi import resolvers
from infra.stack.functions import CodeLocation
from infra.template import template

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_FORBIDDEN = 403
_RENDERING = Lock()
"""Powertools' resolvers cannot describe themselves to two threads at once."""


def keys(stage: Deployed) -> None:
    """Each route refuses a call without a key."""
    if stage.settings.authentication == "none":
        if stage.is_aws:
            raise NotAsPromised("the stage has no authentication: anybody may call its API")
        raise NotApplicable("the stage has no authentication")
    with _RENDERING:
        paths = client_document(stage.settings, resolvers(), None)["paths"]
    stranger = ApiClient(stage.outputs.api_url)
    open_routes = [
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in operations.keys() & _METHODS
        if stranger.call(method.upper(), re.sub(r"\{[^}]*\}", "verify", path), json={}).status != _FORBIDDEN
    ]
    if open_routes:
        raise NotAsPromised(f"open to anybody: {', '.join(sorted(open_routes))}")


def no_wildcards(stage: Deployed) -> None:
    """No role has a wildcard that the template does not state."""
    with _RENDERING:  # the place of the code is of no importance for roles
        rendered = template(stage.settings, CodeLocation(bucket="any", key="any"), resolvers()).to_dict()
    stated = {
        name: set(_wildcards(policy["PolicyDocument"] for policy in each["Properties"].get("Policies", [])))
        for name, each in rendered["Resources"].items()
        if each["Type"] == "AWS::IAM::Role"
    }
    iam = stage.session.client("iam")
    pages = stage.session.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stage.settings.stack_name):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] != "AWS::IAM::Role" or each["LogicalResourceId"] not in stated:
                continue
            role = each["PhysicalResourceId"]
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            documents = (
                iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
            )
            if more := sorted(set(_wildcards(documents)) - stated[each["LogicalResourceId"]]):
                raise NotAsPromised(f"{role} has wildcards that the template does not state: {more}")


def _wildcards(documents: Any) -> Iterator[str]:
    """Yield the statements that allow more than single actions on named resources."""
    for document in documents:
        for statement in _several(document["Statement"]):
            for action in _several(statement.get("Action", "*")):
                if "*" in action or "*" in _several(statement.get("Resource", "*")):
                    yield action


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
