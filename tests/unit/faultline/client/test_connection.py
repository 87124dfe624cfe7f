"""Settings of connections to the API."""

import asyncio
import math
import os
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from faultline.client import ApiUnreachable, AsyncClient, Client, InvalidSetting, Retries
from faultline.client.authentication import API_KEY_VARIABLE, key_of_caller
from faultline.client.connection import unreachable
from faultline.client.errors import MissingApiKey
from tests.unit.faultline.client.calling import RECEIPT, TASK, Calling
from tests.unit.faultline.client.server import Server

URL = "https://api.example/prod"


@pytest.mark.parametrize("key", ["s\u00e9cret", "se cret", "se\ncret", "s\x00ecret"], ids=repr)
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(
    client: Callable[[str, str], Any], key: str
) -> None:
    with pytest.raises(ValueError, match=r"^the API key [^\n]*$") as raised:
        client(URL, key)
    assert "cret" not in str(raised.value)


def test_the_end_of_a_line_is_no_part_of_a_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was read from a file works, even from one with Windows' line ends."""
    server.says(202, RECEIPT)
    with Client(server.url, "key\r\n") as client:
        client.submit()
    assert server.asked[0].headers["X-Api-Key"] == "key"
    monkeypatch.setenv(API_KEY_VARIABLE, "key\r")
    assert key_of_caller("prod") == "key"
    monkeypatch.setenv(API_KEY_VARIABLE, "\r")
    with pytest.raises(MissingApiKey):
        key_of_caller("prod")


@pytest.mark.parametrize(
    "url", ["", "api.example/prod", "api.example:443", "ftp://a", "https:/a", "https://"]
)
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_is_no_url_is_refused(client: Callable[[str], Any], url: str) -> None:
    with pytest.raises(InvalidSetting, match="must begin with https:// or http://"):
        client(url)


def test_a_request_that_cannot_be_sent_is_not_repeated(
    server: Server, call: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a request would fail each time, and a wait without an end would never return."""

    def repeat(_policy: Retries, _attempt: int) -> float:
        raise AssertionError

    monkeypatch.setattr(Retries, "backoff", repeat)
    with pytest.raises(ApiUnreachable, match=r"cannot be called: .* too long") as raised:
        call(lambda c: c.tasks(text="x" * 70_000))
    assert not raised.value.sent
    with Client("http://127.0.0.1:port") as client, pytest.raises(ApiUnreachable, match="Invalid port"):
        client.wait("t", math.inf)
    assert not server.asked


def test_why_there_is_no_response_is_one_line() -> None:
    error = unreachable(URL, httpx.ConnectError("TLS:\nwrong version"))
    assert str(error) == f"{URL} does not answer: TLS: wrong version"


def read(client: Client | AsyncClient) -> None:
    if isinstance(client, Client):
        client.task("t")
    else:
        asyncio.run(client.task("t"))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("of", [Client, AsyncClient])
def test_a_forked_process_has_connections_of_its_own(server: Server, of: type[Client | AsyncClient]) -> None:
    """On a shared connection, a process could receive the response to a request of the other one."""
    server.says(200, TASK)
    client = of(server.url)
    read(client)
    if not (child := os.fork()):
        signal.alarm(30)  # ends a child that hangs, which the parent waits for
        try:
            read(client)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    in_parent, in_child = (each.connection for each in server.asked)
    assert in_parent != in_child
    if isinstance(client, Client):  # whose connection the child has not closed
        read(client)
        assert server.asked[2].connection == in_parent
