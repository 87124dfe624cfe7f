"""The AWS service models in the artifact."""

import json
from importlib.resources import files
from pathlib import Path, PurePath

import pytest
from botocore.regions import EndpointResolver

from infra.deploy.packaging import PACKAGE
from infra.deploy.service_models import is_needed, needed_content, used_services

SERVICES = frozenset({"dynamodb", "sqs"})


def test_the_services_are_those_of_the_clients(tmp_path: Path) -> None:
    """Services are found in client and resource calls of any form, and those of the libraries are added."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.py").write_text("boto3.client(\n    's3', config=None)")
    (tmp_path / "two.py").write_text('session.resource(service_name="ec2")\nclient(name)\nmy_client("no")')
    (tmp_path / "three.py").write_text(
        'session.create_client("sts")\nboto3.client(config=Config(retries=3), service_name="ses")'
    )
    assert used_services(tmp_path) == {"s3", "ec2", "ses", "sts", "xray"}


def test_ours_are_few() -> None:
    assert used_services(PACKAGE) == {"dynamodb", "s3", "sns", "sqs", "ssm", "xray"}


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("botocore/data/sqs/2012-11-05/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("botocore/data/endpoints.json", True),
        ("botocore/client.py", True),
        ("boto3/data/ec2/2016-11-15/resources-1.json", True),
        ("lambdas/botocore/data/ec2/x", True),
    ],
)
def test_only_descriptions_of_other_services_are_left_out(path: str, needed: bool) -> None:
    assert is_needed(PurePath(path), SERVICES) is needed


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_endpoints_are_kept_for_the_services_alone(region: str) -> None:
    whole = (files("botocore") / "data" / "endpoints.json").read_bytes()

    kept = json.loads(needed_content(PurePath("botocore/data/endpoints.json"), whole, SERVICES))

    services = [partition["services"].keys() for partition in kept["partitions"]]
    assert services[0] == SERVICES
    assert all(each <= SERVICES for each in services)
    for service in SERVICES:
        before = EndpointResolver(json.loads(whole)).construct_endpoint(service, region)
        assert EndpointResolver(kept).construct_endpoint(service, region) == before
    of_another = EndpointResolver(kept).construct_endpoint("ec2", region)
    assert of_another
    assert of_another["hostname"].startswith(f"ec2.{region}.")


def test_other_files_are_kept_as_they_are() -> None:
    assert needed_content(PurePath("botocore/client.py"), b"x", SERVICES) == b"x"
