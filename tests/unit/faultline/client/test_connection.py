"""Settings of connections to the API."""

import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from faultline.client import ApiUnreachable, AsyncClient, Client, InvalidSetting
from faultline.client.authentication import API_KEY_VARIABLE, key_of_caller
from faultline.client.errors import MissingApiKey
from tests.unit.faultline.client.calling import RECEIPT, Calling
from tests.unit.faultline.client.server import Server

URL = "https://api.example/prod"


@pytest.mark.parametrize("key", ["s\u00e9cret", "se cret", "se\ncret", "s\x00ecret", " ", ""], ids=repr)
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(
    client: Callable[[str, str], Any], key: str
) -> None:
    with pytest.raises(ValueError, match=r"^the API key [^\n]*$") as raised:
        client(URL, key)
    assert not key.strip() or key not in str(raised.value)
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


@pytest.mark.parametrize("url", ["", "api.example/prod", "api.example:443", "ftp://a", "https:/a", "https://"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_is_no_url_is_refused(client: Callable[[str], Any], url: str) -> None:
    with pytest.raises(InvalidSetting, match="must begin with https:// or http://"):
        client(url)


def test_a_request_that_cannot_be_sent_is_not_repeated(server: Server, call: Calling) -> None:
    """Such a request would fail each time, and a wait without an end would never return."""
    begun = time.monotonic()
    with pytest.raises(ApiUnreachable, match="cannot be called: .* too long") as raised:
        call(lambda c: c.tasks(text="x" * 70_000))
    assert not raised.value.sent
    with pytest.raises(ApiUnreachable, match="cannot be called: Invalid port"):
        with Client("http://127.0.0.1:port") as client:
            client.wait("t", math.inf)
    assert time.monotonic() - begun < 1
    assert not server.asked
