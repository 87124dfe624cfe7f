"""`faultline deployment-policy`: the permissions that deploying a stage takes."""

from typing import Annotated

import typer

from faultline.cli.display import print_json
from faultline.cli.options import Port, Stage
from faultline.operations import target
from faultline.operations.account import place_of
from infra.api.openapi import resolvers
from infra.deploy.deployer_policy import Place, deployment_policies
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def deployment_policy(
    account: Annotated[
        str | None, typer.Option(help="The account's 12 digits; by default your credentials' account.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="By default your session's region.")] = None,
    stage_name: Stage = DEFAULT_STAGE,
    port: Port = DEFAULT_PORT,
) -> None:
    """Print the IAM policies (JSON, by name) that together allow deploying a stage, and nothing else."""
    if account is not None and region is not None:
        place = Place(account=account, region=region)
    else:
        place = place_of(target.find(port).session, account=account, region=region)
    print_json(deployment_policies(stage(stage_name), resolvers(), place))
