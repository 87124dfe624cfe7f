"""Versions of the functions, and the alias through which everything calls them.

Lambda changes a function's code and its configuration in two calls, between which new code runs with the old
environment. A version contains both, and never changes:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
The API, the event source mappings and the schedule call the alias `live`, which a deployment moves to the new
version in one step; if the update fails, CloudFormation moves it back:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

import hashlib
import json

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import Alias, Function, ProvisionedConcurrencyConfiguration, Version

from infra.stage_names import LIVE
from infra.stages import FunctionName, StageSettings

_NOT_VERSIONED = frozenset({"RecursiveLoop"})
"""Properties of the function that are not part of a version."""


def add_live_version(
    template: Template, settings: StageSettings, name: FunctionName, function: Function
) -> Alias:
    """Add a version of a function as defined in the template, and the alias that points to it."""
    version = template.add_resource(
        Version(f"{function.title}Version{fingerprint(function)}", FunctionName=Ref(function))
    )
    concurrency = settings.provisioned_concurrency.get(name)
    # https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
    provisioned = (
        {
            "ProvisionedConcurrencyConfig": ProvisionedConcurrencyConfiguration(
                ProvisionedConcurrentExecutions=concurrency
            )
        }
        if concurrency
        else {}
    )
    return template.add_resource(
        Alias(
            f"{function.title}Live",
            Name=LIVE,
            FunctionName=Ref(function),
            FunctionVersion=GetAtt(version, "Version"),
            **provisioned,
        )
    )


def fingerprint(function: Function) -> str:
    """Return a digest of the function's properties that a version contains.

    CloudFormation publishes a version when its logical id is new, and deletes the old one at the end of the
    update. Lambda publishes none if nothing has changed, which would fail the update:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    properties = function.to_dict()["Properties"]
    versioned = {name: value for name, value in properties.items() if name not in _NOT_VERSIONED}
    # The key depends on the artifact's content; the same content in another bucket is not a change.
    versioned["Code"] = properties["Code"]["S3Key"]
    return hashlib.sha256(json.dumps(versioned, sort_keys=True).encode()).hexdigest()[:12]
