"""That functions reach the same AWS as everybody, over connections that they keep."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sandbox.executor.localstack import LocalStack

TELLS_ITS_ENDPOINT = """
    import os

    def handler(event, context):
        return os.environ["AWS_ENDPOINT_URL"]
"""

QUEUES = {
    "X-Amz-Target": "AmazonSQS.ListQueues",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
    "SignedHeaders=host, Signature=none",
}


@pytest.fixture(scope="module")
def address(localstack: LocalStack) -> tuple[str, int]:
    """Host and port of the endpoint that functions are given."""
    url = urlsplit(localstack.invoke(localstack.deploy(TELLS_ITS_ENDPOINT)).payload)
    assert url.hostname == "127.0.0.1"
    assert url.port is not None
    return url.hostname, url.port


@pytest.fixture
def connection(address: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*address, timeout=20)
    yield connection
    connection.close()


def answer(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    response = connection.getresponse()
    return response.status, response.read()


def test_a_connection_carries_many_calls(connection: http.client.HTTPConnection) -> None:
    """Calls follow each other on one connection, also after one that failed."""
    connection.connect()
    socket = connection.sock
    absent = QUEUES | {"X-Amz-Target": "AmazonSQS.GetQueueUrl"}
    for headers, status in ((QUEUES, 200), (absent, 400), (QUEUES, 200)):
        connection.request("POST", "/", body=b'{"QueueName": "absent"}', headers=headers)
        assert answer(connection)[0] == status
    assert connection.sock is socket


def test_a_body_may_come_in_chunks(connection: http.client.HTTPConnection) -> None:
    """A body without a length is read to its end, and no further."""
    for _ in range(2):
        connection.request("POST", "/", body=iter((b"{", b"}")), headers=QUEUES, encode_chunked=True)
        status, body = answer(connection)
        assert (status, json.loads(body)) == (200, {})


def test_an_object_comes_back_as_it_was_put(connection: http.client.HTTPConnection) -> None:
    """Large bodies go both ways, HEAD has none, and who asks first is told to go on."""
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
