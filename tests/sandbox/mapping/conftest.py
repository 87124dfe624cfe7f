"""A role and a factory of mapped functions, for the tests of event source mappings."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.mapping.mapped import Mapped

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
RIGHTS = {"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"}


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="session")
def role(client: Callable[[str], Any]) -> str:
    """Make the functions' role, which allows all of SQS and logging."""
    iam, name = client("iam"), f"mapped-{uuid.uuid4().hex[:10]}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="mapped", PolicyDocument=policy(RIGHTS))
    return str(arn)


@pytest.fixture(scope="module")
def mapped(client: Callable[[str], Any], role: str) -> Iterator[Callable[..., Mapped]]:
    """Provide a factory of mappings with their queues and functions, which are removed at the end."""
    described: list[Mapped] = []

    def describe(**settings: Any) -> Mapped:
        described.append(Mapped(client, role, **settings))
        return described[-1]

    yield describe
    for each in described:
        each.remove()
