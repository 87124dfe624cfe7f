"""Values for a project's secrets in a sandbox, and notices of those that have none."""

from pathlib import Path

import boto3
import pytest

from infra.project.local_secrets import provide_secrets
from infra.project.missing_secrets import missing_secrets
from infra.stages import stage
from tests.unit.infra.project.folder import project

SECRETS = """
[secrets]
FROM_FILE = "ssm:/{stage}/from-file"
FROM_BOTH = "ssm:/{stage}/from-both"
FROM_ENVIRONMENT = "secretsmanager:from-environment"
NOWHERE = "ssm:/{stage}/nowhere"
EMPTY = "secretsmanager:empty"
"""


def test_a_secret_without_a_value_is_told_of(
    session: boto3.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values come from .env.local, else from the environment; one notice names each that is missing."""
    folder = project(tmp_path, SECRETS)
    monkeypatch.chdir(folder)
    (folder / ".env.local").write_text("FROM_FILE=a\nFROM_BOTH=b\nEMPTY=\n")
    monkeypatch.setenv("FROM_BOTH", "c")
    monkeypatch.setenv("FROM_ENVIRONMENT", "d")
    monkeypatch.setenv("EMPTY", "")
    notices = list[str]()
    provide_secrets(session, stage("dev"), notices.append)
    ssm, others = session.client("ssm"), session.client("secretsmanager")
    for name, value in {"/dev/from-file": "a", "/dev/from-both": "b"}.items():
        assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == value
    assert others.get_secret_value(SecretId="from-environment")["SecretString"] == "d"
    assert notices == [
        "secret NOWHERE has no value: add NOWHERE=... to .env.local",
        "secret EMPTY has no value: add EMPTY=... to .env.local",
    ]
    assert missing_secrets(session, stage("dev")) == {
        "NOWHERE": "ssm:/dev/nowhere",
        "EMPTY": "secretsmanager:empty",
    }
    # A value that somebody has stored in the sandbox is one.
    ssm.put_parameter(Name="/dev/nowhere", Value="x", Type="String")
    notices.clear()
    provide_secrets(session, stage("dev"), notices.append)
    assert notices == ["secret EMPTY has no value: add EMPTY=... to .env.local"]
