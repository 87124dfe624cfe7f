"""`faultline deployment-policy`: the least that who deploys a stage must be allowed."""

from typing import Annotated

import typer

from faultline.cli.display import print_json
from faultline.cli.options import Port, Stage
from faultline.operations import target
from infra.api.openapi import resolvers
from infra.deploy.deployer_policy import Place, deployment_policies
from infra.errors import aws_errors
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def deployment_policy(
    account: Annotated[
        str | None, typer.Option(help="The account's 12 digits; that of your credentials when absent.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="That of your session when absent.")] = None,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
) -> None:
    """Print IAM policies (JSON, by name) that together allow to deploy a stage, and no more."""
    if account is None or region is None:
        session = target.find(port).session
        with aws_errors("asking whose credentials these are"):
            account = account or session.client("sts").get_caller_identity()["Account"]
        region = region or session.region_name
    place = Place(account=account, region=region)
    print_json(deployment_policies(stage(stage_name), resolvers(), place))
