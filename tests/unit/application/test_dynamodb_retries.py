"""Retries of calls to DynamoDB, of a server that fails some of them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from lambdas.application.clients import CLIENT_CONFIG, MAX_TRIES
from lambdas.application.dynamodb_retries import patient
from lambdas.process_task.handler import HASTY

CONFLICT = (400, "TransactionConflictException")
FAILURE = (500, "InternalServerError")
REFUSAL = (400, "ConditionalCheckFailedException")
RESET = (0, "")
"""The connection is closed without a response."""


@dataclass
class Table:
    """A server that gives prepared answers, and then succeeds; and a client of it."""

    port: int
    client: Any
    answers: list[tuple[int, str]] = field(default_factory=list)
    calls: int = 0

    def write(self) -> None:
        self.client.update_item(TableName="tasks", Key={"taskId": {"S": "a"}})


def client_of(port: int, config: Config) -> Any:
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=config,
    )


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.calls += 1
            status, code = found.answers.pop(0) if found.answers else (200, "")
            if (status, code) == RESET:
                self.close_connection = True
                return
            body = json.dumps({"__type": code} if code else {}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = Table(port=server.server_port, client=patient(client_of(server.server_port, CLIENT_CONFIG)))
    yield found
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("answer", [FAILURE, RESET])
def test_a_call_survives_more_failures_than_botocore_makes_tries(
    table: Table, answer: tuple[int, str]
) -> None:
    """A call that fails at once, by an error or a closed connection, is made up to six times."""
    table.answers = [answer] * (MAX_TRIES + 2)
    table.write()
    assert table.calls == MAX_TRIES + 3


@pytest.mark.parametrize(("answer", "error"), [(FAILURE, ClientError), (RESET, ConnectionClosedError)])
def test_a_call_is_given_up_at_last(table: Table, answer: tuple[int, str], error: Any) -> None:
    table.answers = [answer] * 100
    with pytest.raises(error):
        table.write()
    assert table.calls == MAX_TRIES + 3


def test_a_write_waits_for_a_transaction(table: Table) -> None:
    """A write that conflicts with a transaction is repeated, up to twenty times."""
    table.answers = [CONFLICT] * 19
    table.write()
    table.answers = [CONFLICT] * 20
    with pytest.raises(ClientError, match="TransactionConflict"):
        table.write()
    assert table.calls == 40


def test_a_refused_write_is_not_repeated(table: Table) -> None:
    table.answers = [REFUSAL]
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.write()
    assert table.calls == 1


def test_an_attempt_does_not_wait_long_but_survives_a_closed_connection(table: Table) -> None:
    """Pauses and circuits are read with a second try, as Lambda closes connections that were idle."""
    hasty = Table(port=table.port, client=client_of(table.port, HASTY))
    table.answers = [RESET]
    hasty.write()
    table.answers = [RESET] * 2
    with pytest.raises(ConnectionClosedError):
        hasty.write()
    assert table.calls == 4
