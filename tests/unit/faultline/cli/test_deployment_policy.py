"""The policies that `faultline deployment-policy` prints."""

import json
import signal
import sys

import pytest

from faultline.cli.deployment_policy import deployment_policy
from faultline.cli.main import main


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


def test_an_account_is_its_id(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Policies for anything but an account's id would allow nothing."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # handlers are this process's own
    words = ("--account", "prod", "--region", "eu-west-1")
    monkeypatch.setattr(sys, "argv", ["faultline", "deployment-policy", *words])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (
        "",
        "faultline: Invalid value for '--account': 'prod' is not 12 digits\n",
    )
