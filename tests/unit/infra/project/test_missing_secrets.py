"""A deployment to AWS by somebody who may not look up the project's secrets."""

from pathlib import Path

import pytest
from botocore.stub import Stubber

from infra.errors import AwsUnavailable
from infra.project.missing_secrets import missing_secrets
from infra.stages import stage
from tests.unit.infra.project.folder import project
from tests.unit.only_clients import OnlyClients

TWO = '[secrets]\nONE = "ssm:/my/{stage}/one"\nTWO = "secretsmanager:two"\n'


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnlyClients:
    monkeypatch.chdir(project(tmp_path, TWO))
    return OnlyClients("ssm", "secretsmanager")


def test_what_may_not_be_looked_up_counts_as_existing(session: OnlyClients) -> None:
    with Stubber(session.clients["ssm"]) as ssm, Stubber(session.clients["secretsmanager"]) as others:
        ssm.add_client_error("describe_parameters", "AccessDeniedException")
        others.add_client_error("describe_secret", "AccessDeniedException")
        assert missing_secrets(session, stage("prod")) == {}


def test_another_error_is_told(session: OnlyClients) -> None:
    with Stubber(session.clients["ssm"]) as ssm:
        ssm.add_client_error("describe_parameters", "InternalServerError")
        with pytest.raises(AwsUnavailable, match="looking for secrets"):
            missing_secrets(session, stage("prod"))
