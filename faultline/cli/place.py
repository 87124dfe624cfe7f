"""The place that a command works on: a stage, in the sandbox or on AWS.

Commands that change something on AWS are confirmed: on a terminal by a person, elsewhere by `--yes`.
"""

import sys
from dataclasses import dataclass

import boto3
import typer

from faultline.cli.calls import CommandFailed
from faultline.cli.display import say
from faultline.client import Client
from faultline.client.api import ApiClient
from faultline.operations import api, target
from faultline.operations.account import account_of
from infra.stages import DEFAULT_STAGE, StageSettings, stage


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stage and a session that leads to it.

    Attributes:
        description: For people, such as `AWS account 123456789012, eu-west-1`.
        endpoint_url: The endpoint of an emulator; None for AWS.
    """

    session: boto3.Session
    settings: StageSettings
    description: str
    endpoint_url: str | None

    @property
    def is_aws(self) -> bool:
        """Whether this place is on AWS."""
        return self.endpoint_url is None

    def client(self) -> Client:
        """Return a client of the stage's API."""
        return api.client(self.session, self.settings)

    def api(self) -> ApiClient:
        """Return a client of the stage's API that returns each answer unchanged."""
        return api.api_client(self.session, self.settings)


def place(
    stage_name: str | None, port: int, *, aws: bool, changes: str | None = None, yes: bool = False
) -> Place:
    """Find the place that a command's options name.

    On AWS the account, region and stage are shown on standard error.

    Args:
        stage_name: The stage; None for `dev`, but on AWS a stage must be named.
        port: The port of the sandbox.
        aws: Whether `--aws` was given.
        changes: What the command does, such as `deploy`, if it changes something; None if it only reads.
        yes: Whether `--yes` was given.

    Raises:
        NoTarget: If there is no such place.
        CommandFailed: If no stage is named on AWS, or a change is not confirmed.
        AwsUnavailable: If AWS cannot be asked for the account.
    """
    found = target.find(port, aws=aws)
    if not found.is_aws:
        return Place(
            session=found.session,
            settings=stage(stage_name or DEFAULT_STAGE),
            description=found.description,
            endpoint_url=found.endpoint_url,
        )
    if stage_name is None:
        raise CommandFailed("on AWS a stage must be named: add --stage, or set STAGE")
    settings = stage(stage_name)
    description = f"AWS account {account_of(found.session)}, {found.session.region_name}"
    say(f"{settings.stack_name} in {description}")
    if changes is not None and not yes:
        if not sys.stdin.isatty():
            raise CommandFailed(f"{changes} on AWS: add --yes, because there is no terminal to confirm it on")
        if not typer.confirm(f"{changes}?", err=True):
            raise CommandFailed("not confirmed")
    return Place(session=found.session, settings=settings, description=description, endpoint_url=None)
