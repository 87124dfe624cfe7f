"""Fixtures of the unit tests, which share no state and call no AWS: they run in any order and in parallel."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

from tests.unit.programs import Programs, served

# No deadline: a busy machine makes an example slow, not wrong. No database: tests leave no files.
# 50 examples: all unit tests together take seconds; a failure that was found is kept as an @example.
settings.register_profile("unit", deadline=None, database=None, max_examples=50)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """Start Python programs in processes of their own."""
    with served(tmp_path_factory.mktemp("programs")) as running:
        yield running


@pytest.fixture(autouse=True, scope="session")
def models_read_once() -> Iterator[None]:
    """Read each of botocore's models once instead of once per session, which takes longer than most tests."""
    from botocore.loaders import JSONFileLoader

    load = cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        yield
