"""The page about deployments shows what `faultline verify` prints."""

from pathlib import Path

from faultline.operations.verification.verify import CHECKS

DEPLOYMENT = Path(__file__).parents[4] / "docs" / "deployment.md"


def test_the_page_shows_each_check() -> None:
    """In the order in which they are told."""
    shown = [line for line in DEPLOYMENT.read_text().splitlines() if line.startswith("ok ")]
    assert shown == [f"{'ok':<8}{check.promise}" for check in CHECKS]
