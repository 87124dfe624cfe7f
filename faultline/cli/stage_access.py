"""The stage that a command works on, in a sandbox or on AWS.

Commands that change something on AWS require confirmation, in a terminal or by `--yes`.
"""

from dataclasses import dataclass

import boto3

from faultline.cli.command_failure import CommandFailed
from faultline.cli.confirmation import confirm, require_terminal
from faultline.cli.display import say
from faultline.client import Client
from faultline.client.api import ApiClient
from faultline.operations import api, target
from faultline.operations.account import account_of
from infra.stages import DEFAULT_STAGE, StageSettings, stage


@dataclass(frozen=True, kw_only=True)
class StageAccess:
    """A stage, with a session for the place where it runs.

    Attributes:
        description: Description of the place, such as `AWS account 123456789012, eu-west-1`.
        endpoint_url: Endpoint of an emulator; None for AWS.
    """

    session: boto3.Session
    settings: StageSettings
    description: str
    endpoint_url: str | None

    @property
    def is_aws(self) -> bool:
        """Whether the stage is on AWS."""
        return self.endpoint_url is None

    def client(self) -> Client:
        """Create a client for the stage's API."""
        return api.client(self.session, self.settings)

    def api(self) -> ApiClient:
        """Create a client for the stage's API that returns raw responses."""
        return api.api_client(self.session, self.settings)


def stage_access(
    stage_name: str | None, port: int, *, aws: bool, changes: str | None = None, yes: bool = False
) -> StageAccess:
    """Return access to the stage of a command's options, asking for confirmation if necessary.

    On AWS the account, region and stage are printed to standard error.

    Args:
        stage_name: Name of the stage; None for `dev`. Required on AWS.
        port: Port of the sandbox.
        aws: Whether `--aws` was given.
        changes: Description of what the command changes, such as `deploy`; None if it only reads.
        yes: Whether `--yes` was given.

    Raises:
        NoTarget: If no sandbox, emulator or AWS account was found.
        CommandFailed: If no stage is named on AWS, or a change is not confirmed.
        KeyboardInterrupt: If the confirmation is interrupted.
        AwsUnavailable: If the id of the AWS account cannot be read.
    """
    found = target.find(port, aws=aws)
    if not found.is_aws:
        return StageAccess(
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
        require_terminal(changes)
        confirm(f"{changes}?")
    return StageAccess(session=found.session, settings=settings, description=description, endpoint_url=None)
