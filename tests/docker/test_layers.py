"""Reuse of the image's layers after a change of the code."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.docker.project import IMAGES, ROOT

CHANGED = "faultline-changed-runtime"
LIBRARIES_BYTES = 300_000_000
"""Fewer bytes than the layers with libraries have, and more than the other unchanged layers."""


@pytest.fixture
def changed(engine: docker.DockerClient, tmp_path: Path) -> Iterator[Path]:
    """Provide a copy of the checkout with new versions, a changed module and a changed container hook."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split("\0")[:-1]:
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for project in ("pyproject.toml", "sandbox/pyproject.toml"):
        text = (tmp_path / project).read_text()
        newer = re.sub('^version = ".*"$', 'version = "99.0.0"', text, count=1, flags=re.MULTILINE)
        assert newer != text
        (tmp_path / project).write_text(newer)
    for source in ("lambdas/work/echo.py", "sandbox/container/ready.d/deploy.py"):
        (tmp_path / source).write_text((tmp_path / source).read_text() + "\n# changed\n")
    yield tmp_path
    engine.images.remove(CHANGED, force=True)


def test_a_change_of_the_code_leaves_the_layer_of_the_libraries(
    engine: docker.DockerClient, images: None, changed: Path
) -> None:
    """A change of the code leaves the layers below it, which are most of the image, unchanged."""
    build = ["docker", "compose", "--project-name", "faultline-changed", "--file", "-", "build", "--quiet"]
    service = f"services: {{x: {{image: {CHANGED}, build: {{context: {changed}, target: runtime}}}}}}"
    subprocess.run(build, cwd=changed, input=service, text=True, check=True, capture_output=True, timeout=500)
    kept = engine.images.get(CHANGED)
    layers = kept.attrs["RootFS"]["Layers"]
    assert engine.images.get(f"{IMAGES}-sandbox").attrs["RootFS"]["Layers"][: len(layers)] == layers
    assert kept.attrs["Size"] > LIBRARIES_BYTES
