"""Fixtures of the unit tests, which share no state and make no AWS calls, and so run in any order."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.botocore_models import models_read_once
from tests.unit.programs import Programs, served

__all__ = ["models_read_once"]  # a fixture

# No deadline: a busy machine makes an example slow, not wrong. No database: tests leave no files.
# 25 examples, so that the unit tests stay fast. A failure that was found is kept as an @example.
settings.register_profile("unit", deadline=None, database=None, max_examples=25)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """Start Python programs in processes of their own."""
    with served(tmp_path_factory.mktemp("programs")) as running:
        yield running
