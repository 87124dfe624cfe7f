"""`faultline template`: print a stage's CloudFormation template, for use with other tools."""

from faultline.cli.display import print_json, say
from faultline.cli.options import Stage
from infra.api.openapi import resolvers
from infra.deploy.packaging import build, lambda_platform
from infra.deploy.portable_template import artifact_key, portable_template
from infra.stages import DEFAULT_STAGE, stage


def template(stage_name: Stage = None) -> None:
    """Print the stack's template as JSON, to deploy it with another tool.

    This builds the artifact, and prints to standard error how to upload it to a bucket of yours, which is the
    parameter ArtifactBucket. No call is made to AWS.
    """
    settings = stage(stage_name or DEFAULT_STAGE)
    artifact = build(lambda_platform(settings.architecture), project=settings.project)
    if artifact.notice:
        say(artifact.notice)
    print_json(portable_template(settings, artifact, resolvers()))
    say(f"to upload the artifact: aws s3 cp {artifact.path} s3://YOUR-BUCKET/{artifact_key(artifact)}")
