"""Statements of the functions' roles, and the users of each permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An AWS service that acts for a function, with the function's role.

    Attributes:
        source: The AWS page that documents its calls.
        names_function: Whether its requests name the function, so that the role can require it:
            https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """

    name: str
    source: str
    names_function: bool = False


type Users = tuple[str, ...] | Caller
"""The modules of `lambdas` that make a call, such as `store.table`, or the service that makes it for them."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Actions allowed on resources.

    Attributes:
        uses: The callers of each action.
        resources: ARNs, or CloudFormation expressions for them.
        conditions: Conditions in IAM's form. `conditions_for` adds the condition that the request is the
            function's own.
        why: The reason for a wildcard in an action or a resource.
    """

    uses: Mapping[str, Users]
    resources: tuple[Any, ...]
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    why: str = ""

    def conditions_for(self, function_arn: Any) -> dict[str, Any]:
        """Return the conditions of this statement in a function's role."""
        given = {operator: dict(keys) for operator, keys in (self.conditions or {}).items()}
        if all(not isinstance(users, Caller) or users.names_function for users in self.uses.values()):
            given.setdefault("ArnEquals", {})["lambda:SourceFunctionArn"] = function_arn
        return given

    def to_policy(self, function_arn: Any) -> dict[str, Any]:
        """Return the statement in IAM's form."""
        statement = {"Effect": "Allow", "Action": list(self.uses), "Resource": list(self.resources)}
        conditions = self.conditions_for(function_arn)
        return statement | ({"Condition": conditions} if conditions else {})
