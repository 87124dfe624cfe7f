"""A function's segments for X-Ray, received by the test in place of the daemon."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from lambdas.telemetry.tracing import trace_id
from tests.unit.programs import Programs

INVOCATION = "Root=1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=aaaaaaaaaaaaaaaa;Sampled=1"
TASK = "Root=1-6553f1a0-bbbbbbbbbbbbbbbbbbbbbbbb;Parent=bbbbbbbbbbbbbbbb;Sampled=1"
IGNORED = TASK.replace("Sampled=1", "Sampled=0")


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


Run = Callable[..., tuple[str, list[dict[str, Any]]]]


@pytest.fixture
def run(daemon: socket.socket, programs: Programs) -> Run:
    """Run a handler in a process of its own, as on Lambda; return its output and its segments."""

    def run(body: str, **environment: str) -> tuple[str, list[dict[str, Any]]]:
        return handled(programs, daemon, body, environment)

    return run


def handled(
    programs: Programs, daemon: socket.socket, body: str, environment: dict[str, str]
) -> tuple[str, list[dict[str, Any]]]:
    script = f"""
import os
from lambdas.telemetry import tracing
from lambdas.domain.errors import Category, RateLimited

@tracing.tracer.capture_lambda_handler(capture_response=False, capture_error=False)
def handler(event, context):
{body}

handler(None, None)
"""
    host, port = daemon.getsockname()
    lambdas = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_LAMBDA_FUNCTION_NAME": "worker",
        "AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}",
        "POWERTOOLS_SERVICE_NAME": "worker",
        "_X_AMZN_TRACE_ID": INVOCATION,
        **environment,
    }
    done = programs.run(script, lambdas)
    assert done.returncode == 0, done.stderr
    segments = []
    daemon.setblocking(False)
    while True:
        try:
            segments.append(json.loads(daemon.recv(65_536).partition(b"\n")[2]))
        except BlockingIOError:
            return done.stdout, segments


def indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())


def test_work_for_a_task_is_in_its_trace(run: Run) -> None:
    """Work for a task has a segment below the message's sender, sent at its start and at its end."""
    body = indented(
        f"""
        print(tracing.header())
        with tracing.continued("{TASK}"):
            tracing.annotate(task_id="one", attempt=2)
            tracing.failed(Category.NETWORK)
            print(tracing.header())
            print(os.environ["_X_AMZN_TRACE_ID"])
        print(tracing.header())
        """
    )
    printed, segments = run(body)

    before, within, logged, after = printed.splitlines()
    assert before == after
    assert before.startswith("Root=1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=")
    assert within == logged
    begun, ended, handler = segments
    assert begun["in_progress"] is True
    assert within == f"Root=1-6553f1a0-bbbbbbbbbbbbbbbbbbbbbbbb;Parent={begun['id']};Sampled=1"
    assert {begun["id"], begun["name"], begun["origin"]} == {
        ended["id"],
        "worker",
        "AWS::Lambda::Function",
    }
    assert ended["parent_id"] == "bbbbbbbbbbbbbbbb"
    assert ended["annotations"] == {"task_id": "one", "attempt": 2}
    assert (ended["fault"], ended.get("error", False)) == (True, False)
    assert ended["in_progress"] is False
    assert handler["trace_id"] == "1-6553f1a0-aaaaaaaaaaaaaaaaaaaaaaaa"
    assert (handler["type"], handler["parent_id"]) == ("subsegment", "aaaaaaaaaaaaaaaa")


def test_a_call_is_a_subsegment_of_its_dependencys_name(run: Run) -> None:
    """A call is a subsegment with its dependency's name, and a rate-limited one is marked as throttled."""
    body = indented(
        f"""
        with tracing.continued("{TASK}"):
            try:
                with tracing.calling("api.example.com"):
                    raise RateLimited("later")
            except RateLimited:
                pass
        """
    )
    _, segments = run(body)

    [call] = [each for each in segments if each["name"] == "api.example.com"]
    assert (call["namespace"], call["throttle"]) == ("remote", True)
    assert call["trace_id"] == "1-6553f1a0-bbbbbbbbbbbbbbbbbbbbbbbb"


def test_what_leads_nowhere_else_changes_nothing(run: Run) -> None:
    """A header that is missing, unreadable or of the current trace changes nothing."""
    body = indented(
        f"""
        before = tracing.header()
        for upstream in (None, "", "nonsense", "Root=1-2;Sampled", "{INVOCATION}"):
            with tracing.continued(upstream):
                assert tracing.header() == before, upstream
        """
    )
    _, segments = run(body)
    assert [each["name"] for each in segments] == ["## handler"]


def test_what_is_not_sampled_is_not_recorded(run: Run) -> None:
    """Nothing is recorded if the upstream service decided not to sample."""
    body = indented(
        f"""
        with tracing.continued("{IGNORED}"):
            tracing.annotate(task_id="one")
            tracing.failed(Category.SYSTEM)
            with tracing.calling("api.example.com"):
                print(tracing.header())
        """
    )
    printed, segments = run(body)
    assert printed == "None\n"
    assert [each["name"] for each in segments] == ["## handler"]


def test_tracing_can_be_turned_off(run: Run) -> None:
    """With POWERTOOLS_TRACE_DISABLED, work runs as usual and nothing is sent."""
    body = indented(
        f"""
        with tracing.continued("{TASK}"), tracing.calling("api.example.com"):
            tracing.annotate(task_id="one")
            tracing.failed(Category.SYSTEM)
            print(tracing.header())
        """
    )
    printed, segments = run(body, POWERTOOLS_TRACE_DISABLED="true")
    assert (printed, segments) == ("None\n", [])


def test_a_traces_id_is_read_from_a_header() -> None:
    assert trace_id(TASK) == "1-6553f1a0-bbbbbbbbbbbbbbbbbbbbbbbb"
    assert trace_id(None) is None
    assert trace_id("nonsense") is None
