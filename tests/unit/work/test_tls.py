"""`http.request` over TLS: the identity of the server is verified."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from lambdas.domain.errors import NetworkFailure
from lambdas.work.http_request import HttpRequest, http_request
from tests.unit.work.context import a_context
from tests.unit.work.servers import answering, serving


def certificate(folder: Path, *names: x509.GeneralName) -> Path:
    """Make a self-signed certificate for `names` with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + signed.public_bytes(Encoding.PEM)
    )
    return path


def server_side(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def deliver(url: str) -> object:
    return http_request.perform(HttpRequest.model_validate({"url": url, "body": "hi"}), a_context())


def test_a_certificate_that_nobody_vouches_for_is_a_network_failure(tmp_path: Path) -> None:
    """A self-signed certificate is a NETWORK failure, and the server gets no request."""
    path = certificate(tmp_path, x509.DNSName("localhost"))
    with (
        serving(answering(200), server_side(path)) as server,
        pytest.raises(NetworkFailure, match="self-signed certificate"),
    ):
        deliver(f"https://localhost:{server.port}/")
    assert server.requests == []


def test_a_trusted_server_is_reached_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate is verified against the URL's name, although the connection is to an address."""
    path = certificate(tmp_path, x509.DNSName("localhost"))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    seen: list[str | None] = []
    tls = server_side(path)
    tls.sni_callback = lambda _, name, __: seen.append(name)
    with serving(answering(200, b"yes"), tls) as server:
        assert deliver(f"https://localhost:{server.port}/") == {
            "status": 200,
            "headers": {},
            "body": "yes",
            "truncated": False,
        }
    assert seen == ["localhost"]


def test_a_trusted_server_is_reached_under_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate for an IP address is accepted at that address."""
    path = certificate(tmp_path, x509.IPAddress(ip_address("127.0.0.1")))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with serving(answering(204), server_side(path)) as server:
        deliver(f"https://127.0.0.1:{server.port}/")
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_trusted_certificate_of_another_name_is_a_network_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """A trusted certificate for another host is a NETWORK failure, and the server gets no request."""
    path = certificate(tmp_path, x509.DNSName("other.example"))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with (
        serving(answering(200), server_side(path)) as server,
        pytest.raises(NetworkFailure, match="certificate verify failed"),
    ):
        deliver(f"https://{host}:{server.port}/")
    assert server.requests == []
