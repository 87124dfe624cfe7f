"""The audit trail, when a note about an action cannot be written."""

import boto3
import pytest

from faultline.operations import audit
from infra.stages import STAGES


def test_an_action_stays_done_though_credentials_have_expired(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "a")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-31T12:00:00Z")
    audit.note(boto3.Session(region_name="us-east-1"), STAGES["dev"], "API key created")
    [warning] = [each.getMessage() for each in caplog.records if each.name == audit.LOG.name]
    assert warning.startswith("API key created, but that could not be logged: the AWS credentials")
