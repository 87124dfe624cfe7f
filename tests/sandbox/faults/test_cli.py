"""`faultline faults`: exit statuses, output, and one-line errors."""

import json
import os
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from faultline.operations.faults import FaultClient
from sandbox.process.state_file import Sandbox
from tests.sandbox.person import called


def types(endpoint: str, *words: str) -> tuple[int, str, str]:
    """Run a `faultline faults` command; return its exit status, standard output and standard error."""
    environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": endpoint, "HOME": "/nowhere"}
    return called(environment, "faults", *words)


class Quiet(BaseHTTPRequestHandler):
    """A handler that refuses every request, without logging."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    """Provide the endpoint of a server that is not a sandbox."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_faults_are_set_listed_and_cleared(sandbox: Sandbox, faults: FaultClient) -> None:
    """Every option has its effect, `set` adds rules, and the table and the JSON of the list agree."""
    person = partial(types, sandbox.endpoint_url)
    short = ["dynamodb", "--operation", "UpdateItem", "--error", "ProvisionedThroughputExceeded"]
    status, out, err = person("set", *short, "--probability", "0.3", "--count", "5", "--when", "after")
    assert (status, err) == (0, "")
    told = "dynamodb UpdateItem: ProvisionedThroughputExceededException after the call"
    assert out.endswith(f": {told}, probability 0.3, 5 times\n")
    status, out, _ = person("set", "sqs", "--latency-ms", "20", "--json")
    first, second = faults.get()
    assert (status, json.loads(out)) == (0, second)
    assert (first["probability"], first["count"], first["when"]) == (0.3, 5, "after")
    assert (second["service"], second["latencyMs"], second["when"]) == ("sqs", 20, "before")
    status, out, _ = person("list", "--json")
    assert (status, json.loads(out)) == (0, [first, second])
    status, out, _ = person("list")
    assert (status, told in out, "sqs *: 20 ms before the call" in out) == (0, True, True)

    assert person("clear") == (0, "", "")
    assert faults.get() == []


@pytest.mark.parametrize("words", [["set", "sqs", "--error", "OverLimit"], ["list"], ["clear"]])
def test_another_endpoint_takes_no_faults(stranger: str, words: list[str]) -> None:
    """An endpoint that is not a sandbox's is refused with a one-line error."""
    assert types(stranger, *words) == (1, "", f"faultline: {stranger} cannot inject faults; a sandbox can\n")


def test_what_is_wrong_is_one_line(sandbox: Sandbox, faults: FaultClient) -> None:
    """A refusal ends with status 1 and wrong usage with status 2, each with a one-line error."""
    line = "faultline: error: sqs has no error 'Boom'\n"
    assert types(sandbox.endpoint_url, "set", "sqs", "--error", "Boom") == (1, "", line)
    status, _, err = types(sandbox.endpoint_url, "set", "sqs", "--error", "OverLimit", "--when", "now")
    assert (status, len(err.splitlines())) == (2, 1)
    assert faults.get() == []
