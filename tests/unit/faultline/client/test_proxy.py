"""Calls to an API on AWS through a proxy, and with certificates from a company's own authority."""

import datetime
import hashlib
import ipaddress
import shutil
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from faultline.client.api import ApiClient
from faultline.client.async_client import AsyncClient
from faultline.client.errors import ApiUnreachable, InvalidSetting

VARIABLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@contextmanager
def listening(
    answer: bytes, wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain
) -> Iterator[tuple[int, list[bytes]]]:
    """Run a server with one answer for every request; yield its port and the first lines that it received."""
    asked = list[bytes]()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with wrap(connection) as wrapped:
                    asked.append(wrapped.recv(65_536).partition(b"\r\n")[0])
                    wrapped.sendall(answer)
            except OSError:
                connection.close()  # the client does not trust it

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_aws_is_reached_by_the_proxy_and_a_sandbox_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(b"HTTP/1.1 403 Forbidden\r\n\r\n") as (proxy, asked), listening(ANSWER) as (sandbox, _):
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert ApiClient(f"http://127.0.0.1:{sandbox}").task("a").status == 200
        with pytest.raises(ApiUnreachable):
            ApiClient("https://api.example/dev").task("a")
        assert asked == [b"CONNECT api.example:443 HTTP/1.1"]


@pytest.mark.parametrize(
    ("variable", "proxy", "said"),
    [
        ("ALL_PROXY", "socks5://a:1080", "names a SOCKS proxy: unset it, or install the package socksio"),
        ("https_proxy", "ftp://user:secret@a", "is not the URL of a proxy, such as"),
        ("HTTPS_PROXY", "user:secret#@a", "is not the URL of a proxy, such as"),
        ("NO_PROXY", "localhost,fd00::/8", "has an entry that cannot be used, such as an IPv6 network"),
        ("no_proxy", "[::1]", "has an entry that cannot be used, such as .* in brackets"),
    ],
)
@pytest.mark.parametrize("client", [ApiClient, AsyncClient])
def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, client: Callable[[str], object], variable: str, proxy: str, said: str
) -> None:
    """The error names the variable without its value, which may have a password."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(InvalidSetting, match=f"^{variable} {said}") as raised:
        client("https://api.example/dev")
    assert "secret" not in str(raised.value)
    client("http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    client("https://api.example/dev")


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1)
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("AWS_CA_BUNDLE", "own.pem"),
        ("REQUESTS_CA_BUNDLE", "own.pem"),
        ("REQUESTS_CA_BUNDLE", ""),
        ("SSL_CERT_FILE", "own.pem"),
    ],
)
def test_an_authority_of_ones_own_is_trusted_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    """A variable names a file, or a folder with a file for each authority."""
    own = certificate(tmp_path)
    # The name that `openssl rehash` gives to a certificate in a folder: a hash of its subject.
    subject = x509.load_pem_x509_certificate(own.read_bytes()).subject.public_bytes()
    digest = hashlib.sha1(subject[2:]).digest()
    shutil.copy(own, tmp_path / f"{int.from_bytes(digest[:4], 'little'):08x}.0")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with listening(ANSWER, lambda plain: context.wrap_socket(plain, server_side=True)) as (port, _):
        url = f"https://127.0.0.1:{port}"
        with pytest.raises(ApiUnreachable, match="certificate verify failed"):
            ApiClient(url).task("a")
        monkeypatch.setenv(variable, str(tmp_path / name))
        assert ApiClient(url).task("a").status == 200


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_authorities_that_cannot_be_used_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "empty").touch()
    for name, said in (("missing", "No such file or directory"), ("empty", "it has no certificates")):
        monkeypatch.setenv(variable, str(tmp_path / name))
        with pytest.raises(InvalidSetting, match=f"^{variable} names a CA bundle.*/{name}: {said}$"):
            ApiClient("https://api.example/dev")
