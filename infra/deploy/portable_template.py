"""The template of a stage for any tool that deploys CloudFormation, with the artifact as a parameter.

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

BUCKET, KEY, PROTECT = "ArtifactBucket", "ArtifactKey", "ProtectTable"
"""The names of the parameters."""
_PROTECTION = "DeletionProtectionEnabled"
_IS_PROTECTED = "TableIsProtected"


def artifact_key(artifact: Artifact) -> str:
    """Return an artifact's key in its bucket, derived from the artifact's content."""
    return f"functions/{artifact.sha256}.zip"


def portable_template(settings: StageSettings, artifact: Artifact, apis: Resolvers) -> dict[str, Any]:
    """Return the template that `faultline deploy` sends, with parameters for what depends on the account.

    The template is rendered for one artifact, whose key is the parameter's default: a version of a function
    never changes, so another artifact needs a template with other versions.

    Args:
        settings: The stage.
        artifact: The functions' zip.
        apis: The resolvers behind the API.
    """
    key = artifact_key(artifact)
    rendered: dict[str, Any] = template(
        settings, CodeLocation(bucket=BUCKET, key=key), apis, artifact.kinds
    ).to_dict()
    for resource in rendered["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] |= {"S3Bucket": {"Ref": BUCKET}, "S3Key": {"Ref": KEY}}
    rendered["Parameters"] = {
        BUCKET: {
            "Type": "String",
            "MinLength": 3,
            "Description": "The bucket of the functions' artifact, in the stack's region",
        },
        KEY: {
            "Type": "String",
            "MinLength": 1,
            "Default": key,
            "Description": "The artifact's key in the bucket; another artifact needs a template of its own",
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
