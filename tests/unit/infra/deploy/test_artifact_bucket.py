"""Uploads that S3 refuses; tests/sandbox has those that succeed."""

from pathlib import Path

import pytest
from botocore.stub import Stubber

from infra.deploy.artifact_bucket import ArtifactBucket
from infra.errors import AwsUnavailable
from tests.unit.only_clients import OnlyClients


def test_a_refused_upload_is_one_line_with_the_reason(tmp_path: Path) -> None:
    """A failed upload is one line, although its exception is boto3's own instead of one of botocore's."""
    artifact = tmp_path / "artifact.zip"
    artifact.write_bytes(b"code")
    session = OnlyClients("s3")
    with Stubber(session.clients["s3"]) as answers:
        answers.add_client_error("head_object", "404")
        answers.add_client_error("put_object", "AccessDenied", "not you")
        with pytest.raises(AwsUnavailable) as refused:
            ArtifactBucket(name="mine", owner="1", session=session).put_file(artifact, "functions/1.zip")

    told = str(refused.value)
    assert told.startswith("uploading the artifact: Failed to upload ")
    assert told.endswith("(AccessDenied) when calling the PutObject operation: not you")
