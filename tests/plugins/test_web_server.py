"""The end of LocalStack's web server, with requests that are being answered."""

import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from localstack import config
from localstack.http import Response
from rolo.gateway import Gateway, HandlerChain

from sandbox.common.connections import LOCALHOST
from sandbox.common.web_server import WebServer
from tests.eventually import eventually

DEADLINE_SECONDS = 60


class Slow:
    """A handler that answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, chain: HandlerChain[Any], context: Any, response: Response) -> None:
        self.asked.set()
        assert self.may_answer.wait(DEADLINE_SECONDS)
        response.set_response(b"done")


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[tuple[WebServer, int]]:
    server = WebServer()
    handlers: list[Any] = [slow]
    server.register(Gateway(request_handlers=handlers), [config.HostAndPort(LOCALHOST, 0)])
    running = threading.Thread(target=server.run)
    running.start()
    yield server, server.ports[0]
    slow.may_answer.set()
    server.shutdown()
    running.join(DEADLINE_SECONDS)
    assert not running.is_alive()


def refuses(port: int) -> bool:
    try:
        socket.create_connection((LOCALHOST, port)).close()
    except ConnectionError:
        return True
    return False


def test_a_request_is_answered_although_the_server_ends(server: tuple[WebServer, int], slow: Slow) -> None:
    """The server waits for the request that is being answered, and accepts no new connection."""
    web_server, port = server
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/")
    assert slow.asked.wait(DEADLINE_SECONDS)
    ending = threading.Thread(target=web_server.shutdown)
    ending.start()
    eventually(lambda: refuses(port), within=DEADLINE_SECONDS)
    assert ending.is_alive()
    slow.may_answer.set()
    assert connection.getresponse().read() == b"done"
    ending.join(DEADLINE_SECONDS)
    assert not ending.is_alive()


def test_an_idle_connection_does_not_delay_the_end(server: tuple[WebServer, int], slow: Slow) -> None:
    web_server, port = server
    slow.may_answer.set()
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"done"
    web_server.shutdown()
    assert refuses(port)


def test_it_may_end_before_it_runs() -> None:
    """LocalStack may be told to end just before it runs its server, which then returns at once."""
    early = WebServer()
    early.register(Gateway(), [config.HostAndPort(LOCALHOST, 0)])
    early.shutdown()
    running = threading.Thread(target=early.run, daemon=True)
    running.start()
    running.join(DEADLINE_SECONDS)
    assert not running.is_alive()
    assert refuses(early.ports[0])
