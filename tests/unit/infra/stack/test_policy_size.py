"""The size of a role's policy, which IAM limits and an emulator does not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.api.openapi import Resolvers
from infra.errors import InvalidStage
from infra.stages import stage
from infra.template import template
from tests.unit.infra.project.folder import project
from tests.unit.infra.rendered import CODE, properties

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_CHARACTERS = 10_240

PERMISSION = """
[[permissions]]
actions = ["s3:GetObject"]
resources = ["arn:{{partition}}:s3:::a-bucket-with-the-number-{number}-{{stage}}/*"]
reason = "each task has an object"
"""


def process_task_policy(apis: Resolvers) -> dict[str, Any]:
    """Return the policy of process_task in prod."""
    rendered = json.loads(json.dumps(template(stage("prod"), CODE, apis).to_dict()))
    [policy] = properties(rendered, "ProcessTaskRole")["Policies"]
    found: dict[str, Any] = policy["PolicyDocument"]
    return found


def as_deployed(value: Any) -> Any:
    """Replace CloudFormation's expressions by values of the length that they have in Sydney."""
    arn = "arn:aws:dynamodb:ap-southeast-2:123456789012:table/faultline-prod-circuits"
    known = {"Partition": "aws", "Region": "ap-southeast-2", "AccountId": "123456789012"}
    match value:
        case {"Fn::GetAtt": _} | {"Ref": _}:
            return arn
        case {"Fn::Sub": text}:
            return re.sub(r"\${(?:AWS::)?([\w.]+)}", lambda found: known.get(found[1], arn), text)
        case dict():
            return {name: as_deployed(each) for name, each in value.items()}
        case list():
            return [as_deployed(each) for each in value]
    return value


def test_as_many_secrets_fit_as_lambda_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Resolvers
) -> None:
    """Lambda takes the locations of sixty secrets; a statement for each would not fit."""
    lines = [f'A_SECRET_{number:02} = "ssm:/my/{{stage}}/secret-{number:02}"' for number in range(60)]
    lines[1] = 'A_SECRET_01 = "secretsmanager:my/other"'
    monkeypatch.chdir(project(tmp_path, "[secrets]\n" + "\n".join(lines)))
    policy = as_deployed(process_task_policy(apis))
    assert len(json.dumps(policy, separators=(",", ":"))) <= MAX_CHARACTERS
    read = {
        resource
        for statement in policy["Statement"]
        for resource in statement["Resource"]
        if {"ssm:GetParameter", "secretsmanager:GetSecretValue"} & {*statement["Action"]}
    }
    at = "ap-southeast-2:123456789012"
    assert f"arn:aws:ssm:{at}:parameter/my/prod/secret-59" in read
    assert f"arn:aws:secretsmanager:{at}:secret:my/other-??????" in read


def test_more_permissions_than_a_role_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apis: Resolvers
) -> None:
    few, many = ("".join(PERMISSION.format(number=each) for each in range(count)) for count in (15, 30))
    monkeypatch.chdir(project(tmp_path, few))
    process_task_policy(apis)
    monkeypatch.chdir(project(tmp_path, many))
    with pytest.raises(
        InvalidStage,
        match=r"stage prod: the role of process_task .* [\d,]+ characters, and IAM accepts 10,240",
    ):
        process_task_policy(apis)
