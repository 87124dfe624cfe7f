"""The permissions boundary of a stage's roles, which limits what its functions may do.

A boundary grants nothing. A role may do what both its own policies and its boundary allow, so a deployer who
may create roles only with the boundary can give them nothing outside the stage:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Iterator
from typing import Any

from infra.deploy.account_region import AccountRegion
from infra.errors import InvalidStage
from infra.stack.permission_table import permission_table
from infra.stack.project import KINDS, project_statements
from infra.stages import StageSettings

RESOURCES: dict[str, tuple[str, ...]] = {
    "dynamodb": ("arn:{partition}:dynamodb:{region}:{account}:table/{stack}-*",),
    "kms": ("arn:{partition}:kms:{region}:{account}:key/*",),
    "logs": ("arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{stack}:*",),
    "s3": (
        "arn:{partition}:s3:::{stack}-tasks-{account}-{region}",
        "arn:{partition}:s3:::{stack}-tasks-{account}-{region}/*",
    ),
    "sns": ("arn:{partition}:sns:{region}:{account}:{stack}-*",),
    "sqs": ("arn:{partition}:sqs:{region}:{account}:{stack}-*",),
    "ssm": ("arn:{partition}:ssm:{region}:{account}:parameter/faultline/{stage}/*",),
    "xray": ("*",),
}
"""The resources of each service that a stage's functions may access."""

_CONDITIONS: dict[str, dict[str, dict[str, list[str]]]] = {
    # Keys have generated ids. The functions use theirs only through SNS and Parameter Store.
    "kms": {"StringLike": {"kms:ViaService": ["sns.{region}.*", "ssm.{region}.*"]}},
}


def boundary_name(settings: StageSettings) -> str:
    """Return the name of the boundary: the one in the settings, else `<stack>-boundary`."""
    return settings.permissions_boundary or f"{settings.stack_name}-boundary"


def permissions_boundary(settings: StageSettings, where: AccountRegion) -> dict[str, Any]:
    """Return the boundary as an IAM policy: all actions of the stage's roles, on any resource of the stage.

    Raises:
        InvalidStage: A role may use a service that RESOURCES lacks.
    """
    actions: dict[str, set[str]] = {}
    for permission in permission_table(settings):
        if permission.used is KINDS:
            continue
        actions.setdefault(permission.action.partition(":")[0], set()).add(permission.action)
    if unknown := sorted(actions.keys() - RESOURCES.keys()):
        lacking = ", ".join(unknown)
        raise InvalidStage(f"infra/deploy/permissions_boundary.py does not list the resources of {lacking}")
    own = list(_statements(actions, settings, where))
    return {"Version": "2012-10-17", "Statement": [*own, *_of_project(settings, where)]}


def _of_project(settings: StageSettings, where: AccountRegion) -> Iterator[dict[str, Any]]:
    """Yield the permissions of the project's kinds of work, which this module does not limit further."""
    variables = {"Partition": where.partition, "Region": where.region, "AccountId": where.account}
    for statement in project_statements(settings):
        arns = [each if isinstance(each, str) else each.to_dict()["Fn::Sub"] for each in statement.resources]
        for name, value in variables.items():
            arns = [arn.replace(f"${{AWS::{name}}}", value) for arn in arns]
        yield {"Effect": "Allow", "Action": list(statement.uses), "Resource": arns}


def _statements(
    actions: dict[str, set[str]], settings: StageSettings, where: AccountRegion
) -> Iterator[dict[str, Any]]:
    for service in sorted(actions):
        conditions = {
            operator: {key: [where.fill(value, settings) for value in values] for key, values in keys.items()}
            for operator, keys in _CONDITIONS.get(service, {}).items()
        }
        yield {
            "Effect": "Allow",
            "Action": sorted(actions[service]),
            "Resource": [where.fill(each, settings) for each in RESOURCES[service]],
            **({"Condition": conditions} if conditions else {}),
        }
