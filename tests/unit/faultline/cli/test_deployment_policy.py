"""The policies that `faultline deployment-policy` prints."""

import json

import pytest

from faultline.cli.deployment_policy import deployment_policy


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")],
)
def test_arns_have_the_regions_partition(
    region: str, partition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """All ARNs begin with the partition of the region, for which no credentials are needed."""
    deployment_policy(account="123456789012", region=region, stage_name="prod")

    printed = capsys.readouterr().out
    assert {"faultline-prod-deployment-1", "faultline-prod-boundary"} <= json.loads(printed).keys()
    assert printed.count("arn:") == printed.count(f"arn:{partition}:") > 0
