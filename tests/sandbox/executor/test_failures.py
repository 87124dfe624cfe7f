"""Answers to a function's failures, and the new process for the next invocation."""

import os
import re
import signal
import time

import pytest

from tests.eventually import eventually
from tests.sandbox.executor.localstack import LocalStack, running

# Executes its event as code; `count` shows whether the process is new.
OBEDIENT = """
    import os, signal, sys, time
    count = 0

    def handler(event, context):
        global count
        count += 1
        exec(event or "")
        return count
"""


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(1)", "Runtime exited with error: exit status 1"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        (
            "os.kill(os.getpid(), signal.SIGSEGV)",
            "Runtime exited with error: signal: segmentation fault",
        ),
    ],
)
def test_an_exit_is_answered_at_once(localstack: LocalStack, deed: str, reason: str) -> None:
    """A process that ends during an invocation causes a Runtime.ExitError, long before the timeout."""
    name = localstack.deploy(OBEDIENT)
    began = time.monotonic()

    reply = localstack.invoke(name, f"print('last words'); {deed}")

    assert time.monotonic() - began < 20
    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: [0-9a-f-]{{36}} Error: {reason}", reply.payload["errorMessage"])
    assert reply.report("Status") == "error"
    assert reply.report("Error Type") == "Runtime.ExitError"
    assert "last words" in reply.log
    assert localstack.invoke(name).payload == 1


def test_a_timeout_ends_the_process_and_all_it_started(localstack: LocalStack) -> None:
    """A timeout is reported to the caller and in the log, and no process is left."""
    name = localstack.deploy(OBEDIENT, Timeout=3)
    localstack.invoke(name)
    child = "import subprocess; p = subprocess.Popen(['/bin/sleep', '600']); print('child', p.pid)"

    reply = localstack.invoke(name, f"{child}; time.sleep(600)")

    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "Sandbox.Timedout"
    words = "Task timed out after 3.00 seconds"
    assert re.fullmatch(rf"RequestId: \S{{36}} Error: {words}", reply.payload["errorMessage"])
    assert re.search(rf"^\d{{4}}-\d\d-\d\dT[\d:]{{8}}\.\d{{3}}Z \S{{36}} {words}$", reply.log, re.M)
    assert reply.report("Status") == "timeout"
    assert 3000 <= float(reply.report("Duration") or 0) < 60_000  # and not as long as the process wanted
    pid = re.search(r"child (\d+)", reply.log)
    assert pid
    eventually(lambda: not running(int(pid[1])), what="the child is gone")
    assert localstack.invoke(name).payload == 1


@pytest.mark.parametrize(
    "deed",
    ["hold = bytearray(400 << 20); time.sleep(60)", "hold = bytearray(400 << 20); del hold"],
    ids=["held", "spike"],
)
def test_more_memory_than_configured_is_killed(localstack: LocalStack, deed: str) -> None:
    """A function that exceeds its memory is killed, even if it has freed the memory before its answer."""
    name = localstack.deploy(OBEDIENT, MemorySize=128)

    reply = localstack.invoke(name, deed)

    assert reply.payload["errorType"] == "Runtime.ExitError"
    assert reply.payload["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert reply.report("Max Memory Used") == reply.report("Memory Size") == "128"
    assert reply.report("Error Type") == "Runtime.OutOfMemory"
    assert localstack.invoke(name).payload == 1


def test_memory_within_the_limit_is_reported(localstack: LocalStack) -> None:
    """Max Memory Used includes memory that the function used only for a moment."""
    name = localstack.deploy(OBEDIENT, MemorySize=512)

    reply = localstack.invoke(name, "hold = bytearray(200 << 20); del hold")

    assert reply.error is None
    assert 200 < int(reply.report("Max Memory Used") or 0) < 300


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        (
            "import nowhere",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nowhere'",
        ),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("x = (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("raise ValueError('no')", "ValueError", "no"),
    ],
)
def test_an_init_error_is_the_answer(
    localstack: LocalStack, source: str, error_type: str, message: str
) -> None:
    """A module that fails to import makes each invocation fail, with INIT_REPORT and the cause in the log."""
    name = localstack.deploy(source)

    for phases in (["init", "invoke"], ["invoke"]):
        reply = localstack.invoke(name)

        assert reply.error == "Unhandled"
        assert reply.payload["errorType"] == error_type
        assert reply.payload["errorMessage"].startswith(message)
        assert f"[ERROR] {error_type}: {message}" in reply.log
        reports = re.findall(r"^INIT_REPORT Init Duration: [\d.]+ ms\t(.+)$", reply.log, re.M)
        expected = f"Status: error\tError Type: {error_type}"
        assert reports == [f"Phase: {phase}\t{expected}" for phase in phases]


def test_an_init_that_exits_is_the_answer(localstack: LocalStack) -> None:
    """A module that ends its process causes a Runtime.ExitError, and its earlier output is in the log."""
    name = localstack.deploy("import os; print('so far'); os._exit(4)")

    reply = localstack.invoke(name)

    assert reply.payload["errorType"] == "Runtime.ExitError"
    assert reply.payload["errorMessage"].endswith("Runtime exited with error: exit status 4")
    assert "so far" in reply.log


def test_an_init_that_never_ends_ends_in_a_timeout(localstack: LocalStack) -> None:
    """A hanging import is ended after 10 s, and its repetition after the function's timeout."""
    name = localstack.deploy("import time; time.sleep(600)", Timeout=1)

    reply = localstack.invoke(name)

    assert reply.payload["errorType"] == "Sandbox.Timedout"
    assert "Phase: init\tStatus: timeout" in reply.log
    assert "Phase: invoke\tStatus: timeout" in reply.log


def test_an_init_that_fails_once_is_tried_again(localstack: LocalStack) -> None:
    """A failed init is repeated within the same invocation, in an environment with the same /tmp."""
    name = localstack.deploy(
        """
        import pathlib, tempfile
        marker = pathlib.Path(tempfile.gettempdir()) / "tried"
        if not marker.exists():
            marker.touch()
            raise RuntimeError("the first time it fails")

        def handler(*_): return "recovered"
        """
    )

    reply = localstack.invoke(name)

    assert reply.payload == "recovered"
    assert "Phase: init\tStatus: error\tError Type: RuntimeError" in reply.log
    assert reply.report("Init Duration") is None


def test_a_process_killed_while_idle_is_replaced_unnoticed(localstack: LocalStack) -> None:
    """After an idle process is killed, the next invocation succeeds, however soon it comes."""
    name = localstack.deploy(OBEDIENT)

    for _ in range(5):
        found = re.search(r"pid (\d+)", localstack.invoke(name, "print('pid', os.getpid())").log)
        assert found
        assert localstack.invoke(name).payload > 1

        os.kill(int(found[1]), signal.SIGKILL)

        reply = localstack.invoke(name)
        assert reply.error is None
        assert reply.payload == 1


ASKING = """
    import http.client, os

    def handler(event, context):
        api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        answers = []
        for method, path in event:
            api.request(method, path.replace("ID", context.aws_request_id), body="null")
            answer = api.getresponse()
            answer.read()
            answers.append(answer.status)
        return answers
"""


def test_what_is_not_of_the_runtime_api_is_refused(localstack: LocalStack) -> None:
    """Requests for other paths, methods or invocations are refused, and answer no running invocation."""
    name = localstack.deploy(ASKING)

    reply = localstack.invoke(
        name,
        [
            ("GET", "/invocation/next"),
            ("POST", "/invocation/ID/response"),
            ("GET", "/x/2018-06-01/runtime/invocation/next"),
            ("PUT", "/2018-06-01/runtime/invocation/ID/response"),
            ("POST", "/2018-06-01/runtime/invocation/another/response"),
        ],
    )

    assert reply.payload == [404, 404, 404, 404, 400]
