"""The size of a role's policy, which IAM limits.

IAM counts no white space, and a larger policy fails a deployment only after resources have been created:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
import re
from typing import Any

from troposphere.iam import Role

from infra.errors import InvalidStage
from infra.project.project import FILE
from infra.stages import FunctionName, StageSettings

MAX_CHARACTERS = 10_240
"""The maximum for all inline policies of a role together."""
_ARN_CHARACTERS = 80
"""Assumed length of an ARN that only the deployment knows, such as that of a table."""
_CHARACTERS = {"Partition": 3, "Region": 14, "AccountId": 12, "URLSuffix": 13}
"""Lengths of CloudFormation's variables, the region's being that of the longest names."""


def check_policy_size(settings: StageSettings, function: FunctionName, role: Role) -> None:
    """Refuse a role whose policies are too large for IAM, as many permissions of a project make them.

    Raises:
        InvalidStage: They are too large.
    """
    policies = [_deployed(each["PolicyDocument"]) for each in role.to_dict()["Properties"]["Policies"]]
    size = sum(len(json.dumps(each, separators=(",", ":"))) for each in policies)
    if size > MAX_CHARACTERS:
        raise InvalidStage(
            f"stage {settings.name}: the role of {function} has some {size:,} characters, and IAM accepts "
            f"{MAX_CHARACTERS:,}; join the tables of [[permissions]] in {FILE} that have the same actions, "
            "or name several resources by a wildcard"
        )


def _deployed(value: Any) -> Any:
    """Replace CloudFormation's expressions by texts of the length that their values have."""
    match value:
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(?:AWS::)?([^}]+)\}", lambda found: "?" * _length(found[1]), text)
        case {"Fn::GetAtt": _} | {"Ref": _}:
            return "?" * _ARN_CHARACTERS
        case dict():
            return {key: _deployed(each) for key, each in value.items()}
        case list():
            return [_deployed(each) for each in value]
    return value


def _length(variable: str) -> int:
    return _CHARACTERS.get(variable, _ARN_CHARACTERS)
