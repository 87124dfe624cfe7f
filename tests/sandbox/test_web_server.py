"""The sandbox's web server: persistent connections, with and without TLS."""

import http.client
import json
import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator

import pytest

from sandbox.process.launch import HOST
from sandbox.process.state_file import Sandbox

QUEUES = {
    "X-Amz-Target": "AmazonSQS.ListQueues",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
    "SignedHeaders=host, Signature=none",
}


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> tuple[str, int]:
    return HOST, sandbox.port


@pytest.fixture
def connection(address: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*address, timeout=60)
    yield connection
    connection.close()


def answer(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    response = connection.getresponse()
    return response.status, response.read()


def test_a_connection_carries_many_calls(connection: http.client.HTTPConnection) -> None:
    """Calls follow each other on one connection, even after a failed one."""
    connection.connect()
    first = connection.sock
    absent = QUEUES | {"X-Amz-Target": "AmazonSQS.GetQueueUrl"}
    for headers, status in ((QUEUES, 200), (absent, 400), (QUEUES, 200)):
        connection.request("POST", "/", body=b'{"QueueName": "absent"}', headers=headers)
        assert answer(connection)[0] == status
    assert connection.sock is first


def test_a_body_may_come_in_chunks(connection: http.client.HTTPConnection) -> None:
    """A chunked body is read exactly to its end."""
    for _ in range(2):
        body = iter((b'{"QueueNamePrefix"', b': "absent"}'))
        connection.request("POST", "/", body=body, headers=QUEUES, encode_chunked=True)
        status, found = answer(connection)
        assert (status, json.loads(found)) == (200, {})


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GET /_localstack/health HTTP/1.0\r\n\r\n", b"200"),
        (b"GET http://[/_localstack/health HTTP/1.0\r\n\r\n", b"200"),  # the host is not looked at
        (b"GET /_localstack/health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", b"200"),
        (b"GET /_localstack/health HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nConnection: close\r\n\r\n", b"200"),
    ],
)
def test_a_connection_ends_where_it_cannot_be_kept(
    address: tuple[str, int], asked: bytes, status: bytes
) -> None:
    """A connection ends after an invalid request, an HTTP/1.0 request, or one with `Connection: close`."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(asked)
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert received.startswith(b"HTTP/1.1 " + status)


def test_requests_may_be_sent_before_the_first_is_answered(address: tuple[str, int]) -> None:
    """Pipelined requests are answered in order, even if they arrive byte by byte."""
    head = "".join(f"{name}: {value}\r\n" for name, value in QUEUES.items())
    first = f"POST / HTTP/1.1\r\nHost: h\r\n{head}Content-Length: 2\r\n\r\n{{}}"
    last = "GET /absent/key HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with socket.create_connection(address, timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in (first * 2 + last).encode():
            connection.sendall(bytes([byte]))
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) == [b"200", b"200", b"404"]


def test_an_object_comes_back_as_it_was_put(connection: http.client.HTTPConnection) -> None:
    """Large objects can be put and read, HEAD has no body, and `Expect: 100-continue` is supported."""
    content = bytes(range(256)) * 40_000
    for path, body, headers in (("/bucket", b"", {}), ("/bucket/key", content, {"Expect": "100-continue"})):
        connection.request("PUT", path, body=body, headers=headers)
        assert answer(connection)[0] == 200
    connection.request("HEAD", "/bucket/key")
    response = connection.getresponse()
    assert response.headers["Content-Length"] == str(len(content))
    assert response.read() == b""
    connection.request("GET", "/bucket/key")
    assert answer(connection) == (200, content)


def test_the_target_may_be_a_whole_url(
    connection: http.client.HTTPConnection, address: tuple[str, int]
) -> None:
    """A client that uses the sandbox as a proxy, and therefore sends whole URLs, is answered."""
    connection.request("GET", f"http://{address[0]}:{address[1]}/_localstack/health?reload=1")
    status, body = answer(connection)
    assert status == 200
    assert "services" in json.loads(body)


def test_a_path_may_have_any_character(connection: http.client.HTTPConnection) -> None:
    """Encoded characters of a path are decoded, even bytes that are not UTF-8."""
    content = b"tide"
    connection.request("PUT", "/paths")
    assert answer(connection)[0] == 200
    for path in ("/paths/%C3%A9%20%2B%25", "/paths/a+b"):
        connection.request("PUT", path, body=content)
        assert answer(connection)[0] == 200
        connection.request("GET", path)
        assert answer(connection) == (200, content)
    connection.request("GET", "/paths?list-type=2")
    assert re.findall(r"<Key>(.*?)</Key>", answer(connection)[1].decode()) == ["a+b", "é +%"]
    connection.request("GET", "/paths/%FF")
    assert answer(connection)[0] == 404


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the certificate is self-signed
    return context


def test_https_is_answered(sandbox: Sandbox) -> None:
    """HTTPS requests are answered with a certificate created at the first connection."""
    url = sandbox.endpoint_url.replace("http://", "https://")
    for _ in range(2):
        with urllib.request.urlopen(f"{url}/_localstack/health", context=unverified()) as answer:
            assert "services" in json.load(answer)


def test_a_client_that_prefers_http2_speaks_http1(address: tuple[str, int]) -> None:
    """A client that offers HTTP/2 and HTTP/1.1 gets HTTP/1.1, the only version that the server speaks."""
    context = unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(address, timeout=60) as plain, context.wrap_socket(plain) as secure:
        assert secure.selected_alpn_protocol() == "http/1.1"
        secure.sendall(b"GET /_localstack/health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: secure.recv(4096), b""))
    assert received.startswith(b"HTTP/1.1 200")
