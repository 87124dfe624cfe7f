"""Statements of process_task's role for the additional permissions and the secrets of a project."""

import re
from collections.abc import Iterator
from typing import Any

from troposphere import Sub

from infra.stack.statement import Caller, Statement
from infra.stages import StageSettings

KINDS = Caller(
    name="the project's kinds of work",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    names_function=True,
)
_SECRETS = {
    "ssm": (
        "ssm:GetParameter",
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/",
        "",
    ),
    # Secrets Manager appends six random characters to the names in ARNs:
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    "secretsmanager": (
        "secretsmanager:GetSecretValue",
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:",
        "-??????",
    ),
}


def project_statements(settings: StageSettings) -> Iterator[Statement]:
    """Yield the statements for the additional permissions and the secrets of a stage's project."""
    if settings.project is None:
        return
    for permission in settings.project.permissions:
        yield Statement(
            uses=dict.fromkeys(permission.actions, KINDS),
            resources=tuple(_resource(each, settings) for each in permission.resources),
            why=permission.reason,
        )
    # One statement for all secrets of a service: the size of a role's policy is limited
    # (`infra.stack.policy_size`).
    for service, (action, before, after) in _SECRETS.items():
        sources = [each for each in settings.project.secrets.values() if each.service == service]
        names = (each.of_stage(settings.name).partition(":")[2].lstrip("/") for each in sources)
        arns = tuple(Sub(f"{before}{name}{after}") for name in dict.fromkeys(names))
        if arns:
            yield Statement(uses={action: KINDS}, resources=arns)


def _resource(arn: str, settings: StageSettings) -> Any:
    """Convert an ARN of `faultline.toml` to CloudFormation's form."""
    places = {
        "partition": "${AWS::Partition}",
        "region": "${AWS::Region}",
        "account": "${AWS::AccountId}",
        "stage": settings.name,
        "stack": settings.stack_name,
    }
    filled = re.sub(r"{(\w+)}", lambda found: places[found[1]], arn)
    return Sub(filled) if filled != arn else arn
