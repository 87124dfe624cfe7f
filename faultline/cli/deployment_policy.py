"""`faultline deployment-policy`: print the permissions that a deployment needs."""

import re
from typing import Annotated

import boto3
import typer

from faultline.cli.display import print_json
from faultline.cli.options import Aws, Port, Stage
from faultline.cli.stage_access import stage_access
from faultline.operations.account import account_of
from infra.api.openapi import resolvers
from infra.deploy.account_region import AccountRegion
from infra.deploy.deployer_policy import deployment_policies
from infra.deploy.permissions_boundary import boundary_name, permissions_boundary
from infra.stages import DEFAULT_STAGE, stage
from sandbox.process.lifecycle import DEFAULT_PORT


def _checked(account: str | None) -> str | None:
    if account is not None and not re.fullmatch(r"[0-9]{12}", account):
        raise typer.BadParameter(f"{account!r} is not 12 digits")
    return account


def deployment_policy(
    account: Annotated[
        str | None,
        typer.Option(
            callback=_checked, help="12-digit id of the account; by default your credentials' account."
        ),
    ] = None,
    region: Annotated[str | None, typer.Option(help="The region; by default your session's region.")] = None,
    stage_name: Stage = None,
    port: Port = DEFAULT_PORT,
    aws: Aws = False,
) -> None:
    """Print the IAM policies that a deployment needs, and the permissions boundary, as JSON by name."""
    session: boto3.Session
    if account is not None and region is not None:
        settings, session = stage(stage_name or DEFAULT_STAGE), boto3.Session()
    else:
        at = stage_access(stage_name, port, aws=aws)
        settings, session = at.settings, at.session
        account, region = account or account_of(session), region or session.region_name
    partition = session.get_partition_for_region(region)
    where = AccountRegion(account=account, region=region, partition=partition)
    boundary = {boundary_name(settings): permissions_boundary(settings, where)}
    print_json(deployment_policies(settings, resolvers(), where) | boundary)
