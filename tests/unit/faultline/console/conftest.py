"""A page without a browser, in which tests draw elements."""

from collections.abc import Iterator

import pytest
from nicegui import Client
from nicegui.page import page


@pytest.fixture
def drawn() -> Iterator[Client]:
    """Return a page, to which the elements that a test creates belong."""
    client = Client(page("/"))
    with client:
        yield client
    client.delete()
