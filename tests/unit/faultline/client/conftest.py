"""A local server, and calls to it through each client."""

from collections.abc import Iterator

import pytest

from tests.unit.faultline.client import server as servers
from tests.unit.faultline.client.calling import Calling, by_async_client, by_client
from tests.unit.faultline.client.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.running() as running:
        yield running


@pytest.fixture(params=[by_client, by_async_client], ids=["sync", "async"])
def call(request: pytest.FixtureRequest, server: Server) -> Calling:
    calling: Calling = request.param(server.url)
    return calling
