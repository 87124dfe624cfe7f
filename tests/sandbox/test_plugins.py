"""Plug-ins that cannot be loaded."""

from pathlib import Path

from tests.eventually import DEADLINE_SECONDS
from tests.sandbox.executor.localstack import LocalStack


def test_a_plugin_that_cannot_be_imported_ends_the_start(tmp_path: Path) -> None:
    """A plug-in that cannot be imported ends the start, although LocalStack alone would continue."""
    broken = tmp_path / "site" / "broken-1.dist-info"
    broken.mkdir(parents=True)
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (broken / "entry_points.txt").write_text(
        "[localstack.hooks.on_infra_start]\nnowhere = sandbox.nowhere:start\n"
    )

    localstack = LocalStack(tmp_path / "localstack", PYTHONPATH=str(broken.parent))
    try:
        assert localstack.process.wait(timeout=DEADLINE_SECONDS) != 0
    finally:
        localstack.kill()
    assert "No module named 'sandbox.nowhere'" in (localstack.folder / "log").read_text()
