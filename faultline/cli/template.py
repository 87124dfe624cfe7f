"""`faultline template`: a stage's stack for any tool that deploys CloudFormation."""

from faultline.cli.display import print_json, say
from faultline.cli.options import Stage
from infra.api.openapi import resolvers
from infra.deploy.packaging import build, lambda_platform
from infra.deploy.portable_template import BUCKET, artifact_key, portable_template
from infra.stages import DEFAULT_STAGE, stage


def template(stage_name: Stage = None) -> None:
    """Print the stack's template (JSON), whose artifact you put into a bucket of your own.

    This builds the artifact, whose path is printed on standard error, and asks nothing of AWS. The parameters
    are ArtifactBucket and ArtifactKey.
    """
    settings = stage(stage_name or DEFAULT_STAGE)
    artifact = build(lambda_platform(settings.architecture), project=settings.project)
    print_json(portable_template(settings, artifact, resolvers()))
    say(f"artifact: {artifact.path}")
    say(f"upload it as s3://<{BUCKET}>/{artifact_key(artifact)}")
