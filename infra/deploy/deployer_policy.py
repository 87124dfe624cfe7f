"""The minimal permissions for deploying a stage, derived from its template.

Permissions for the stack's resources apply only to calls that CloudFormation makes for the deployer
(`aws:CalledVia`): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from infra.api.openapi import Resolvers
from infra.deploy.account_region import AccountRegion
from infra.deploy.deployer_actions import BOUNDARY, BY_TYPE
from infra.deploy.grant import Grant
from infra.deploy.own_actions import OWN
from infra.errors import InvalidStage
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings
from infra.template import template

MAX_POLICY_CHARACTERS = 6_144
"""The maximum size of a managed policy, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_VIA_CLOUDFORMATION = {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}


def deployment_policies(settings: StageSettings, apis: Resolvers, where: AccountRegion) -> dict[str, Any]:
    """Return the policies by name: `<stack>-deployment-1` and so on. A deployment needs all of them.

    Raises:
        InvalidStage: The template has a resource of a type that `infra.deploy.deployer_actions` lacks.
    """
    statements = [
        *(_statement(grant, settings, where, via=False) for grant in OWN),
        *(_statement(grant, settings, where, via=True) for grant in _grants(resource_types(settings, apis))),
        *([_statement(BOUNDARY, settings, where, via=True)] if settings.permissions_boundary else []),
    ]
    documents: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        if _characters([*documents[-1], statement]) > MAX_POLICY_CHARACTERS:
            documents.append([])
        documents[-1].append(statement)
    return {
        f"{settings.stack_name}-deployment-{number}": {"Version": "2012-10-17", "Statement": document}
        for number, document in enumerate(documents, start=1)
    }


def resource_types(settings: StageSettings, apis: Resolvers) -> set[str]:
    """Return the types of a stage's resources."""
    rendered = template(settings, CodeLocation(bucket="bucket", key="key"), apis).to_dict()
    return {resource["Type"] for resource in rendered["Resources"].values()}


def reasons(settings: StageSettings, apis: Resolvers) -> Iterator[tuple[str, str]]:
    """Yield the actions that are not limited to the stage's resources, each with the reason."""
    for grant in _grants(resource_types(settings, apis)):
        if grant.why:
            yield f"{grant.service}: {grant.actions}", grant.why


def _grants(types: Iterable[str]) -> Iterator[Grant]:
    """Yield the grants for some types, without duplicates."""
    if unknown := sorted(set(types) - BY_TYPE.keys()):
        raise InvalidStage(f"infra/deploy/deployer_actions.py lacks the actions for {', '.join(unknown)}")
    seen: list[Grant] = []
    for kind in sorted(types):
        for grant in BY_TYPE[kind]:
            if grant not in seen:
                seen.append(grant)
                yield grant


def _statement(grant: Grant, settings: StageSettings, where: AccountRegion, *, via: bool) -> dict[str, Any]:
    def placed(text: Any) -> Any:
        return [placed(each) for each in text] if isinstance(text, list) else where.fill(text, settings)

    # For roles, IAM compares the boundary that they have or are being given:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    boundary = (
        {"StringEquals": {"iam:PermissionsBoundary": where.boundary_arn(settings)}}
        if grant.bounded and settings.permissions_boundary
        else {}
    )
    conditions = {
        operator: {key: placed(value) for key, value in keys.items()}
        for operator, keys in {
            **grant.conditions,
            **boundary,
            **(_VIA_CLOUDFORMATION if via else {}),
        }.items()
    }
    return {
        "Effect": "Allow",
        "Action": [f"{grant.service}:{action}" for action in grant.actions.split()],
        "Resource": [
            each if each == "*" else where.fill(f"arn:{{partition}}:{each}", settings)
            for each in grant.resources
        ],
        **({"Condition": conditions} if conditions else {}),
    }


def _characters(statements: list[dict[str, Any]]) -> int:
    return len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")))
