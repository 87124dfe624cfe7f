"""The notice of AWS services whose models a running sandbox lacks."""

import dataclasses
from pathlib import Path

from faultline.cli.new_services import NewServices
from infra.project.project import read
from infra.stages import stage
from tests.unit.infra.project.folder import project


def test_a_new_service_is_told_once(tmp_path: Path) -> None:
    """A service is new unless the functions, or the project's secrets, have it already."""
    secrets = '[secrets]\nKEY = "secretsmanager:mine/{stage}/key"\n'
    made = read(project(tmp_path, secrets, calls='boto3.client("s3")\n'))
    services = NewServices(dataclasses.replace(stage("dev"), project=made))
    (made.package / "calls.py").write_text('client("sqs"), client("secretsmanager")\n')
    assert services.notice() is None

    (made.package / "calls.py").write_text('client("kms")\n')
    assert services.notice() == (
        "kms is a new AWS service in your code; to add what its clients need: faultline deploy"
    )
    assert services.notice() is None
