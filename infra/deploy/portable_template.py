"""The template of a stage for any tool that deploys CloudFormation, whose parameter is the artifact's bucket.

The artifact's key is not a parameter: `aws cloudformation deploy` keeps an existing parameter as it is, so
a new default would be ignored, and new versions of the functions would be published with the old code.
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/index.html

A stage that protects its table has another parameter, ProtectTable, for a second deployment: if the first one
fails, CloudFormation must be able to delete the table (see `infra.deploy.deployment`).
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from typing import Any

from infra.api.openapi import Resolvers
from infra.deploy.packaging import Artifact
from infra.stack.functions import CodeLocation
from infra.stages import StageSettings
from infra.template import template

BUCKET, PROTECT = "ArtifactBucket", "ProtectTable"
"""The names of the parameters."""
_PROTECTION = "DeletionProtectionEnabled"
_IS_PROTECTED = "TableIsProtected"


def artifact_key(artifact: Artifact) -> str:
    """Return an artifact's key in its bucket, derived from the artifact's content."""
    return f"functions/{artifact.sha256}.zip"


def portable_template(settings: StageSettings, artifact: Artifact, apis: Resolvers) -> dict[str, Any]:
    """Return the template that `faultline deploy` sends, with parameters for what depends on the account.

    The template is rendered for one artifact: a version of a function never changes, so another artifact
    needs a template with other versions.

    Args:
        settings: The stage.
        artifact: The functions' zip.
        apis: The resolvers behind the API.
    """
    code = CodeLocation(bucket=BUCKET, key=artifact_key(artifact))
    rendered: dict[str, Any] = template(settings, code, apis, artifact.kinds).to_dict()
    for resource in rendered["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"]["S3Bucket"] = {"Ref": BUCKET}
    rendered["Parameters"] = {
        BUCKET: {
            "Type": "String",
            "MinLength": 3,
            "Description": "The bucket of the functions' artifact, in the stack's region",
        },
    }
    _protect_by_parameter(rendered)
    return rendered


def _protect_by_parameter(rendered: dict[str, Any]) -> None:
    """Make a parameter of the tables' protection from deletion, if the stage has any."""
    protected = [
        resource["Properties"]
        for resource in rendered["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table" and resource["Properties"].get(_PROTECTION)
    ]
    for table in protected:
        table[_PROTECTION] = {"Fn::If": [_IS_PROTECTED, True, False]}
    if protected:
        rendered["Conditions"] = {_IS_PROTECTED: {"Fn::Equals": [{"Ref": PROTECT}, "true"]}}
        rendered["Parameters"][PROTECT] = {
            "Type": "String",
            "Default": "false",
            "AllowedValues": ["false", "true"],
            "Description": "Whether the table is protected from deletion: true once the stack is complete",
        }
