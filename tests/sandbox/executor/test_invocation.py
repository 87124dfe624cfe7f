"""Results, logs and processes of invocations."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.sandbox.executor.localstack import LocalStack

COUNTER = """
    import os
    count = 0

    def handler(event, context):
        global count
        count += 1
        return {"event": event, "count": count, "pid": os.getpid()}
"""


def test_the_answer_is_what_the_handler_returned(localstack: LocalStack) -> None:
    """An invocation returns the handler's value for its event, unchanged through JSON."""
    event = {"text": "ä€😀", "number": 1.5, "nothing": None, "list": [1, [2]]}

    reply = localstack.invoke(localstack.deploy(COUNTER), event)

    assert reply.error is None
    assert reply.payload["event"] == event


def test_a_warm_start_keeps_the_process_and_its_state(localstack: LocalStack) -> None:
    """A warm start runs in the process of the previous invocation, with its globals."""
    name = localstack.deploy(COUNTER)

    first, second = localstack.invoke(name), localstack.invoke(name)

    assert [first.payload["count"], second.payload["count"]] == [1, 2]
    assert first.payload["pid"] == second.payload["pid"]


def test_only_a_cold_start_reports_and_bills_its_init(localstack: LocalStack) -> None:
    """REPORT has Init Duration only for a cold start, and bills it on top of the duration."""
    name = localstack.deploy("import time; time.sleep(0.3)\n" + "handler = lambda *_: 0")

    cold, warm = localstack.invoke(name), localstack.invoke(name)

    init = float(cold.report("Init Duration") or 0)
    assert init > 300
    assert int(cold.report("Billed Duration") or 0) >= init + float(cold.report("Duration") or 0)
    assert warm.report("Init Duration") is None
    assert int(warm.report("Billed Duration") or 0) <= float(warm.report("Duration") or 0) + 1


def test_the_log_of_an_invocation_has_the_lines_of_aws(localstack: LocalStack) -> None:
    """START, the function's output, END and REPORT follow one another, with AWS's fields."""
    name = localstack.deploy("def handler(*_): print('working')", MemorySize=256)

    lines = localstack.invoke(name).log.splitlines()

    identity = "[0-9a-f-]{36}"
    expected = [
        rf"START RequestId: {identity} Version: \$LATEST",
        "working",
        rf"END RequestId: {identity}",
        rf"REPORT RequestId: {identity}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms",
    ]
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line


def test_the_context_tells_the_function_who_it_is(localstack: LocalStack) -> None:
    """A handler can read the request's id, the function's ARN, the remaining time and a trace id."""
    name = localstack.deploy(
        """
        import os

        def handler(event, context):
            return {
                "id": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "remaining": context.get_remaining_time_in_millis(),
                "trace": os.environ["_X_AMZN_TRACE_ID"],
            }
        """,
        Timeout=20,
    )

    reply = localstack.invoke(name)

    assert f"START RequestId: {reply.payload['id']} " in reply.log
    assert reply.payload["arn"].endswith(f":function:{name}")
    assert 15_000 < reply.payload["remaining"] <= 20_000
    assert reply.payload["trace"].startswith("Root=1-")


def test_an_exception_is_answered_with_type_message_and_stack(localstack: LocalStack) -> None:
    """An exception in the handler is returned as an error, and the process stays for the next invocation."""
    name = localstack.deploy(
        """
        import os

        def handler(event, context):
            if event == "fail":
                raise LookupError("no such thing")
            return os.getpid()
        """
    )
    before = localstack.invoke(name).payload

    reply = localstack.invoke(name, "fail")

    assert reply.error == "Unhandled"
    assert reply.payload["errorType"] == "LookupError"
    assert reply.payload["errorMessage"] == "no such thing"
    assert "in handler" in reply.payload["stackTrace"][0]
    assert reply.report("Status") is None
    assert localstack.invoke(name).payload == before


def test_a_response_above_the_limit_is_refused_in_the_words_of_aws(localstack: LocalStack) -> None:
    """A response of more than 6,291,556 bytes is an error; one of exactly that size is returned."""
    name = localstack.deploy("def handler(size, _): return 'x' * size", MemorySize=512)

    assert len(localstack.invoke(name, 6_291_556 - 2).payload) == 6_291_554
    reply = localstack.invoke(name, 6_291_556)

    assert reply.error == "Unhandled"
    assert reply.payload == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert localstack.invoke(name, 1).payload == "x"


@pytest.mark.parametrize(
    ("invocation_type", "most"), [("RequestResponse", 6 * 1024 * 1024), ("Event", 1024 * 1024)]
)
def test_a_payload_above_the_limit_is_refused(
    localstack: LocalStack, invocation_type: Literal["RequestResponse", "Event"], most: int
) -> None:
    """A payload has up to 6 MB, an asynchronous one 1 MB; a larger one does not start the function.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    name = localstack.deploy("def handler(event, _): return len(event)", MemorySize=512)

    def invoke(size: int) -> Any:
        payload = b'"' + b"x" * (size - 2) + b'"'
        return localstack.functions.invoke(FunctionName=name, Payload=payload, InvocationType=invocation_type)

    assert invoke(most)["StatusCode"] in (200, 202)
    with pytest.raises(ClientError, match="RequestEntityTooLargeException") as caught:
        invoke(most + 1)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_concurrent_invocations_run_in_processes_of_their_own(localstack: LocalStack, tmp_path: Path) -> None:
    """Six concurrent invocations run in six processes."""
    name = localstack.deploy(
        """
        import os, time
        from pathlib import Path

        def handler(folder, context):
            Path(folder, str(os.getpid())).touch()
            while len(os.listdir(folder)) < 6:
                time.sleep(0.01)
            return os.getpid()
        """,
        Timeout=30,
    )

    with ThreadPoolExecutor(6) as pool:
        processes = list(pool.map(lambda _: localstack.invoke(name, str(tmp_path)).payload, range(6)))

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(map(str, processes))


def test_new_code_is_used_by_the_next_invocation(localstack: LocalStack) -> None:
    """After update-function-code has succeeded, the next invocation runs the new code."""
    name = localstack.deploy("def handler(*_): return 'old'")
    assert localstack.invoke(name).payload == "old"

    localstack.update(name, "def handler(*_): return 'new'")

    assert localstack.invoke(name).payload == "new"


def test_an_update_lets_a_running_invocation_finish(localstack: LocalStack, tmp_path: Path) -> None:
    """An invocation that began before an update ends with the old code's answer."""
    name = localstack.deploy(
        """
        import os, pathlib, time

        def handler(event, _):
            pathlib.Path(event["begun"]).touch()
            while not os.path.exists(event["gate"]):
                time.sleep(0.01)
            return "old"
        """
    )
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    localstack.invoke(name, {"begun": str(tmp_path / "warm"), "gate": str(tmp_path)})

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(localstack.invoke, name, {"begun": str(begun), "gate": str(gate)})
        try:
            eventually(begun.exists, what="the invocation has begun")
            localstack.update(name, "def handler(*_): return 'new'")
            assert not running.done()
            assert localstack.invoke(name).payload == "new"
        finally:
            gate.touch()
        assert running.result().payload == "old"


def test_functions_with_one_artifact_share_its_folder(localstack: LocalStack) -> None:
    """Functions with the same zip import from one folder, which has bytecode and is read-only."""
    source = """
        import os

        def handler(event, context):
            files = [os.path.join(at, name) for at, _, names in os.walk(".") for name in names]
            writable = [name for name in files if os.stat(name).st_mode & 0o222]
            return {"root": os.getcwd(), "files": files, "writable": writable}
    """

    one = localstack.invoke(localstack.deploy(source)).payload
    other = localstack.invoke(localstack.deploy(source)).payload

    assert one == other
    assert one["files"] == ["./app.py", "./__pycache__/app.cpython-313.pyc"]
    assert one["writable"] == []


def test_another_runtime_than_the_sandboxs_python_is_refused(localstack: LocalStack) -> None:
    """A function with runtime python3.12 ends in state Failed, with a reason that names the cause."""
    name = localstack.create("def handler(*_): pass", Runtime="python3.12")

    assert localstack.settled(name) == "Failed"
    reason = localstack.functions.get_function_configuration(FunctionName=name)["StateReason"]
    assert "python3.13 functions only" in reason


def test_environments_are_forked_and_have_the_native_client(localstack: LocalStack) -> None:
    """On Linux, environments are forked and have the native client; see also `test_other_systems`."""
    code = """
        import os, runtime_client

        def handler(event, context):
            return [runtime_client.__file__, os.getppid()]
        """

    def is_forked() -> bool:
        client, parent = localstack.invoke(localstack.deploy(code)).payload
        assert client.endswith(".so")
        return bool(parent != localstack.process.pid)

    # On a busy machine, the first may be a fresh interpreter.
    eventually(is_forked)
