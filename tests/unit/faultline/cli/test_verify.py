"""The output of `faultline verify` in the page about deployments."""

from pathlib import Path

from faultline.operations.verification.verify import CHECKS

DEPLOYMENT = Path(__file__).parents[4] / "docs" / "deployment.md"


def test_the_page_shows_each_check() -> None:
    """The page about deployments lists the checks in the order of the output."""
    shown = [line for line in DEPLOYMENT.read_text().splitlines() if line.startswith("ok ")]
    assert shown == [f"{'ok':<8}{check.promise}" for check in CHECKS]
