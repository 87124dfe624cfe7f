"""Fixtures for tests of moto's tables."""

from collections.abc import Iterator

import pytest
from localstack.utils.patch import Patch


@pytest.fixture(scope="module")
def patches_undone() -> Iterator[None]:
    """Undo a test module's patches of moto, because tests/plugins/upstream expects moto's faults."""
    others = list(Patch.applied_patches)
    yield
    for patch in reversed(list(Patch.applied_patches)):
        if patch not in others:
            patch.undo()
