"""Rotations of the callback secret that are interrupted or not answered."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from faultline.cli import callbacks as command
from faultline.cli.command_failure import CommandFailed
from faultline.operations import callbacks
from infra.errors import AwsUnavailable, aws_errors
from infra.stages import stage

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutParameter")


def rotation(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Run `faultline callbacks rotate --aws --stage prod`, which fails with an error."""

    def rotate(*_: Any) -> None:
        with aws_errors("rotating"):
            raise error

    place = SimpleNamespace(session=None, settings=stage("prod"), is_aws=True)
    monkeypatch.setattr(command, "stage_access", lambda *_, **__: place)
    monkeypatch.setattr(callbacks, "rotate", rotate)
    command.rotate()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ReadTimeoutError(endpoint_url="https://ssm")])
def test_a_rotation_that_may_have_been_made_is_not_to_be_repeated(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A second rotation would invalidate the only secret that receivers know."""
    with pytest.raises(CommandFailed) as failed:
        rotation(monkeypatch, error)
    assert str(failed.value).endswith(
        "; before you repeat it, see whether there is a new secret: "
        "faultline callbacks secret --aws --stage prod"
    )


def test_a_rotation_that_was_refused_may_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsUnavailable, match=r"AccessDeniedException: no$"):
        rotation(monkeypatch, DENIED)
