"""Secrets that receivers use to verify a stage's callbacks."""

import boto3

from faultline.operations import audit
from infra.deploy.callback_secret import CallbackSecret
from infra.deploy.endpoint import endpoint, is_aws
from infra.errors import StackMissing, aws_errors
from infra.stage_names import options
from infra.stages import StageSettings


def secrets(session: boto3.Session, settings: StageSettings) -> list[str]:
    """Return the valid secrets: the current one and, after a rotation, the previous one.

    Raises:
        StackMissing: If the stage has no secret yet.
        AwsUnavailable: If AWS cannot be reached or refuses a call.
    """
    with aws_errors(f"reading the secret of {settings.stack_name}'s callbacks"):
        found = CallbackSecret(session, settings).read()
    if not found:
        raise StackMissing(
            f"{settings.stack_name} has no callback secret yet; to create one: "
            f"faultline callbacks rotate {options(settings.name, aws=is_aws(endpoint(session)))}"
        )
    return found


def rotate(session: boto3.Session, settings: StageSettings) -> list[str]:
    """Create a new secret, and return it with the previous one, which stays valid until the next rotation.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If AWS cannot be reached, or refuses a call.
    """
    with aws_errors(f"rotating the secret of {settings.stack_name}'s callbacks"):
        valid = CallbackSecret(session, settings).rotate()
    audit.note(session, settings, "callback secret rotated")
    return valid
