"""LocalStack's index of operations in a cache on another file system."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.process import launch, service_index

BUILDS = """#!/bin/sh
echo built >>"$0.log"
echo index >"$3"
"""


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with tempfile.TemporaryDirectory(dir=elsewhere) as folder:
        yield Path(folder) / "cache"


def test_it_is_built_once_for_all_volumes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = tmp_path / "python"
    builder.write_text(BUILDS)
    builder.chmod(0o755)
    monkeypatch.setattr(launch, "interpreter", lambda: builder)
    monkeypatch.setattr(launch, "versions", lambda *_: ("1.0", "2.0"))
    for volume in (tmp_path / "first", tmp_path / "second"):
        service_index.provide(volume, cache, {})
        [shipped] = (volume / "usr/lib/localstack").iterdir()
        assert shipped.read_text() == "index\n"
    assert Path(f"{builder}.log").read_text() == "built\n"
    assert [path.name for path in cache.iterdir()] == ["shared-service-catalog-1_0-2_0.dill"]
