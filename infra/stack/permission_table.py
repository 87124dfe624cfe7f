"""The functions' permissions as a table, to print and to compare with recorded calls."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from troposphere import AWSHelperFn, Ref, Template

from infra.stack.alerts import add_alerts
from infra.stack.bucket import add_bucket
from infra.stack.circuits import add_circuits
from infra.stack.functions import add_log_group
from infra.stack.queues import add_queues
from infra.stack.roles import Statement, Users, every_functions, permissions
from infra.stack.table import add_table
from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class Permission:
    """The permission of one function for one action on one resource.

    Attributes:
        resource: Logical id in the template, such as `TaskTable` or `TaskTable/index/by-state`; or `*`.
        used: The callers, as in `Statement.uses`.
        why: The reason for a wildcard; empty if there is none.
    """

    function: str
    action: str
    resource: str
    used: Users
    conditions: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def permission_table(settings: StageSettings) -> list[Permission]:
    """Return every permission of every function of a stage, in the order of the roles."""
    stack = Template()
    table, circuits = add_table(stack, settings), add_circuits(stack, settings)
    bucket = add_bucket(stack, settings)
    queues, alerts = add_queues(stack, settings), add_alerts(stack, settings)
    logs = every_functions(add_log_group(stack, settings))
    of_functions = permissions(settings, table, bucket, circuits, queues, alerts)
    return [
        row
        for function, own in of_functions.items()
        for statement in (*own, *logs)
        for row in _rows(settings, function, statement)
    ]


def _rows(settings: StageSettings, function: str, statement: Statement) -> Iterator[Permission]:
    conditions = statement.conditions_for(settings.function_name(function))
    for action, users in statement.uses.items():
        for resource in statement.resources:
            yield Permission(
                function=function,
                action=action,
                resource=_name(resource),
                used=users,
                conditions={operator: _plain(keys) for operator, keys in conditions.items()},
                why=statement.why,
            )


def _name(resource: AWSHelperFn | str) -> str:
    """Return a short name: `A` for `A.Arn`, `A/index/b` for `${A.Arn}/index/b`, or a parameter's path."""
    if isinstance(resource, str):
        return resource
    if isinstance(resource, Ref):
        return str(resource.data["Ref"])
    [(kind, value)] = resource.to_dict().items()
    if kind == "Fn::GetAtt":
        return str(value[0])
    text = re.sub(r"\$\{(\w+)\.Arn\}", r"\1", value)
    if text.startswith("arn:") and ":parameter/faultline/" not in text:
        return re.sub(r"\$\{AWS::(\w+?)(?:Id)?\}", lambda found: f"{{{found[1].lower()}}}", text)
    return text.partition(":parameter")[2] or text


def _plain(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return a condition's values as text, leaving the variables in `Fn::Sub` unresolved."""
    return {
        key: value if isinstance(value, str) else next(iter(value.to_dict().values()))
        for key, value in keys.items()
    }
