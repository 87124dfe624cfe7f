"""A deployment to AWS by somebody who may not look up the project's secrets."""

from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from infra.errors import AwsUnavailable
from infra.project.missing_secrets import missing_secrets
from infra.stages import stage
from tests.unit.infra.project.folder import project

TWO = '[secrets]\nONE = "ssm:/my/{stage}/one"\nTWO = "secretsmanager:two"\n'


class Clients(boto3.Session):
    """A session that makes one client of each service."""

    def __init__(self) -> None:
        super().__init__("id", "secret", region_name="us-east-1")
        self.made = {name: super(Clients, self).client(name) for name in ("ssm", "secretsmanager")}

    def client(self, service_name: str, *_: object, **__: object) -> object:  # type: ignore[override]
        return self.made[service_name]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    monkeypatch.chdir(project(tmp_path, TWO))
    return Clients()


def test_what_may_not_be_looked_up_counts_as_existing(session: Clients) -> None:
    with Stubber(session.made["ssm"]) as ssm, Stubber(session.made["secretsmanager"]) as others:
        ssm.add_client_error("describe_parameters", "AccessDeniedException")
        others.add_client_error("describe_secret", "AccessDeniedException")
        assert missing_secrets(session, stage("prod")) == {}


def test_another_error_is_told(session: Clients) -> None:
    with Stubber(session.made["ssm"]) as ssm:
        ssm.add_client_error("describe_parameters", "InternalServerError")
        with pytest.raises(AwsUnavailable, match="looking for secrets"):
            missing_secrets(session, stage("prod"))
