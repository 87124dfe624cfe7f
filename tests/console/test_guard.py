"""Access to the console: only with its token and from its own origin, and no actions if read-only."""

import socket
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Page, expect

from tests.console.process import ConsoleProcess, serving
from tests.console.proxy import Proxy
from tests.e2e.stack import Stack


def cookie_of(console: ConsoleProcess) -> str:
    answer = requests.get(console.address, timeout=60)
    return f"faultline_console_{console.port}={answer.cookies[f'faultline_console_{console.port}']}"


def test_without_the_token_nothing_is_shown(console: ConsoleProcess) -> None:
    for address in (console.base, f"{console.base}/tasks", f"{console.base}/?token=guess"):
        answer = requests.get(address, timeout=60)
        assert (answer.status_code, "token" in answer.text, answer.cookies.get_dict()) == (401, True, {})
    for address in ("_nicegui_ws/socket.io/?EIO=4&transport=polling", "_nicegui/x/static/nicegui.js"):
        assert requests.get(f"{console.base}/{address}", timeout=60).status_code == 401


def test_the_token_is_exchanged_for_a_cookie_and_is_in_no_log(console: ConsoleProcess) -> None:
    answer = requests.get(console.address, timeout=60)
    assert "HttpOnly; SameSite=Strict" in answer.headers["Set-Cookie"]
    assert requests.get(console.base, headers={"Cookie": cookie_of(console)}, timeout=60).status_code == 200
    assert console.address.partition("token=")[2] not in console.log.read_text()


@pytest.mark.parametrize(
    "other", ['prefs={"theme":"dark"}', "a[b]=1", 'user="a b', "u=é", "bare", "q=a b", "=", "a=b=c"], ids=str
)
def test_cookies_of_other_programs_do_not_lock_it(console: ConsoleProcess, other: str) -> None:
    # It is guarded like the screens, and takes no time to make.
    file, own = f"{console.base}/favicon.ico", cookie_of(console)
    for given in (f"{other}; {own}", f"{own}; {other}", f"{other};{own};{other}"):
        answer = requests.get(file, headers={"Cookie": given.encode()}, timeout=60)
        assert answer.status_code == 200, given
    guessed = own.partition("=")[0] + "=guess"
    for given in (other, f"{other}; {guessed}", f"other={own}"):
        answer = requests.get(file, headers={"Cookie": given.encode()}, timeout=60)
        assert answer.status_code == 401, given


def test_the_token_never_stays_in_the_address_bar(page: Page, console: ConsoleProcess) -> None:
    page.goto(console.address)  # although the browser has the cookie already
    expect(page).to_have_url(f"{console.base}/")
    expect(page.locator("h1")).to_be_visible()


def test_pages_of_other_origins_and_names_are_refused(console: ConsoleProcess) -> None:
    cookie = {"Cookie": cookie_of(console)}
    rebound = requests.get(
        console.base, headers={**cookie, "Host": f"evil.example:{console.port}"}, timeout=60
    )
    assert rebound.status_code == 421
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{console.port + 1}"):
        answer = requests.get(console.base, headers={**cookie, "Origin": origin}, timeout=60)
        assert answer.status_code == 403, origin
    post = requests.post(f"{console.base}/_nicegui_ws/socket.io/?EIO=4", headers=cookie, timeout=60)
    assert post.status_code == 403  # browsers send the origin with each POST


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", "403"), ("", "403"), ("{own}", "101")], ids=str
)
def test_web_sockets_are_guarded_too(console: ConsoleProcess, origin: str, status: str) -> None:
    lines = [
        "GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{console.port}",
        f"Cookie: {cookie_of(console)}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    if origin:
        lines.append(f"Origin: {origin.format(own=console.base)}")
    with socket.create_connection(("127.0.0.1", console.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(64).decode().split()[1] == status


def test_it_listens_on_this_machine_alone(console: ConsoleProcess) -> None:
    listening = {
        connection.laddr
        for connection in psutil.Process(console.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert ("127.0.0.1", console.port) in listening
    assert {address.ip for address in listening} == {"127.0.0.1"}  # there is the server of a scene, too


def test_a_read_only_console_has_no_actions(page: Page, proxy: Proxy, stack: Stack, tmp_path: Path) -> None:
    with serving(f"http://127.0.0.1:{proxy.port}", tmp_path / "log", "--read-only") as console:
        page.goto(console.address)
        expect(page).to_have_url(f"{console.base}/")
        expect(page.locator(".read-only")).to_have_text("read-only")
        page.goto(f"{console.base}/tasks/invoice-1")
        expect(page.locator(".headline")).to_contain_text("Was given up")
        assert page.locator(".task-head .buttons button").count() == 0
        for path in ("/submit", "/break-it"):
            assert "This console is read-only." in page.request.get(console.base + path).text()
        page.goto(f"{console.base}/dead-letters")
        expect(page.locator(".group").first).to_be_visible()
        assert page.locator(".screen button:not([aria-label^=Copy])").count() == 0
        page.goto(f"{console.base}/tasks?status=SUCCEEDED")
        expect(page.locator("tbody tr").first).to_be_visible()
        assert page.locator(".q-checkbox").count() == 0
