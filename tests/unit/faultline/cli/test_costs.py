"""The output of `faultline costs`."""

import json
import re

import pytest
from rich.console import Console

from faultline.cli.costs import costs, table
from infra.costs import prices
from infra.costs.line import Line


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the AWS region, profile and endpoint, as the command makes no calls to AWS."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")


def test_the_total_is_that_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    costs("prod", tasks=1_000_000, as_json=True)
    bill = json.loads(capsys.readouterr().out)

    assert (bill["stage"], bill["region"]) == ("prod", "us-east-1")
    for part in ("idle", "tasks"):
        lines = bill["lines"][part]
        assert sum(line["usd"] for line in lines) == pytest.approx(bill["usd"][part], abs=0.01)
        for line in lines:
            assert line["quantity"] * line["unitPrice"] == pytest.approx(line["usd"], abs=0.0001)
            assert line["source"].startswith("https://aws.amazon.com/")


def test_people_read_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    costs("staging", tasks=10, payload_bytes=2048)
    shown = capsys.readouterr().out

    assert "An idle month of faultline-staging\n" in shown
    assert "Tasks of faultline-staging: 10 of 2,048 bytes a month\n" in shown
    assert "in us-east-1, without free tiers and taxes." in shown
    assert "Your region" not in shown


def test_without_tasks_the_idle_month_is_all(capsys: pytest.CaptureFixture[str]) -> None:
    costs("dev")
    assert "Tasks of" not in capsys.readouterr().out


def test_another_region_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    costs("dev")
    assert "Your region is eu-west-1, whose prices differ" in capsys.readouterr().out


def test_provisioned_concurrency_is_told_apart() -> None:
    lines = [
        Line(resource="ready", quantity=1_000_000, price=prices.PROVISIONED_GB_SECOND["arm64"]),
        Line(resource="keys", quantity=2, price=prices.KMS_KEY),
    ]

    def shown(some: list[Line]) -> dict[str, str]:
        console = Console(width=80)
        with console.capture() as captured:
            console.print(table(some), soft_wrap=True)
        cells = [re.split(" {2,}", line) for line in captured.get().splitlines()[1:]]
        return {name: price for name, *_, price in cells}

    both = {"ready": "$3.33", "keys": "$2.00", "total": "$5.33"}
    assert shown(lines) == both | {"total without provisioned": "$2.00"}
    assert shown(lines[1:]) == {"keys": "$2.00", "total": "$2.00"}
