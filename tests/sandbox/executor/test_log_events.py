"""The log events of an invocation, however it ended."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.executor.localstack import LocalStack

TALKATIVE = """
    import json, logging, os, sys, time

    def handler(event, context):
        print("to stdout")
        print("to stderr", file=sys.stderr)
        os.write(1, b"past python\\n")
        logging.getLogger().warning("two\\nlines")
        print(json.dumps({"message": "one\\ntwo", "n": 1}))
        exec(event or "")
        print("no line end", end="")
"""

# Returns its start and end, in milliseconds since 1970, and the outcome.
PATIENT = """
    import time

    def handler(event, context):
        began = int(time.time() * 1000)
        print("began", began, flush=True)
        time.sleep(event)
        ended = int(time.time() * 1000)
        print("ended", ended)
        return [began, ended]
"""
# Continues once the file with the given name exists.
FOLLOWED = """
    import os, time

    def handler(event, context):
        print("one")
        print("two")
        print("half ", end="", flush=True)
        while not os.path.exists(event):
            time.sleep(0.01)
        print("a line")
        print("three")
"""
CURIOUS = """
    import os

    def handler(event, context):
        return os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
"""


def test_everything_written_is_an_event_in_its_order(localstack: LocalStack) -> None:
    """Lines, records of several lines and JSON are one event each, in the order of writing."""
    name = localstack.deploy(TALKATIVE)

    localstack.invoke(name)

    start, *middle, end, report = localstack.events(name, until="REPORT")
    assert start.startswith("START ")
    assert middle[:3] == ["to stdout", "to stderr", "past python"]
    assert middle[3].startswith("[WARNING]\t")
    assert middle[3].endswith("\ttwo\rlines")
    assert json.loads(middle[4]) == {"message": "one\ntwo", "n": 1}
    assert middle[5:] == ["no line end"]
    assert end.startswith("END ")
    assert report.startswith("REPORT ")


@pytest.mark.parametrize(
    ("deed", "event"),
    [
        ("os._exit(1)", "Error: Runtime exited with error: exit status 1\rRuntime.ExitError"),
        ("time.sleep(60)", "Task timed out after 1.00 seconds"),
        ("hold = bytearray(400 << 20)", "Error: Runtime exited with error: signal: killed"),
        ("raise LookupError('lost')", "[ERROR] LookupError: lost\rTraceback (most recent"),
    ],
    ids=["exit", "timeout", "memory", "error"],
)
def test_a_failure_keeps_what_was_written(localstack: LocalStack, deed: str, event: str) -> None:
    """After a crash, a timeout or an error, the log has the earlier output and the failure."""
    name = localstack.deploy(TALKATIVE, Timeout=1 if "sleep" in deed else 60)

    localstack.invoke(name, deed)

    events = localstack.events(name, until="REPORT")
    assert "to stdout" in events
    assert any(event in each for each in events)
    assert sum(each.startswith(("START", "END", "REPORT")) for each in events) == 3


def test_a_failed_init_is_in_the_log(localstack: LocalStack) -> None:
    """The log of a failed init has the module's output and the failure."""
    name = localstack.deploy("print('so far'); import nowhere")

    localstack.invoke(name)

    events = localstack.events(name, until="REPORT RequestId")
    assert "so far" in events
    assert any(each.startswith("[ERROR] Runtime.ImportModuleError") for each in events)


def test_much_output_neither_blocks_nor_is_lost(localstack: LocalStack) -> None:
    """Output larger than a pipe's buffer neither blocks the function nor is lost."""
    name = localstack.deploy("def handler(*_): [print('x' * 99) for _ in range(5000)]", Timeout=30)

    reply = localstack.invoke(name)

    assert reply.error is None
    assert localstack.events(name, until="REPORT").count("x" * 99) == 5000


def test_a_function_that_runs_is_followed(localstack: LocalStack) -> None:
    """The output of a running function appears in its log in whole lines, and each line once."""
    name = localstack.deploy(FOLLOWED)
    gate = localstack.folder / name
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(localstack.invoke, name, str(gate))
        try:
            early = localstack.events(name, until="two")
            assert not reply.done()
        finally:
            gate.touch()
        assert reply.result().error is None

    start, one, two = early
    assert (start[:6], one, two) == ("START ", "one", "two")
    _, *lines, end, report = localstack.events(name, until="REPORT")
    assert lines == ["one", "two", "half a line", "three"]
    assert (end[:4], report[:7]) == ("END ", "REPORT ")
    assert [line for line in reply.result().log.splitlines() if " " not in line] == ["one", "two", "three"]


def test_functions_may_share_a_log_group(localstack: LocalStack) -> None:
    """Events in a shared log group have the times of their writing, and functions know the group's name.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    group = f"/shared/{uuid.uuid4()}"
    localstack.logs.create_log_group(logGroupName=group)
    settings = {"LoggingConfig": {"LogGroup": group}, "Timeout": 60}
    one, other = (localstack.deploy(PATIENT, **settings) for _ in range(2))
    with ThreadPoolExecutor() as pool:
        told = [reply.payload for reply in pool.map(localstack.invoke, (one, other), (3, 0))]

    events = localstack.logs.filter_log_events(logGroupName=group)["events"]

    lines = [each for each in events if each["message"].startswith(("began", "ended"))]
    assert [each["timestamp"] for each in lines] == sorted(each["timestamp"] for each in lines)
    for name, (began, ended) in zip((one, other), told, strict=True):
        stamps = {
            each["message"].rstrip(): each["timestamp"]
            for each in lines
            if f"/{name}[" in each["logStreamName"]
        }
        assert abs(stamps[f"began {began}"] - began) < 2000
        assert abs(stamps[f"ended {ended}"] - ended) < 2000
    curious = localstack.deploy(CURIOUS, LoggingConfig={"LogGroup": group})
    assert localstack.invoke(curious).payload == group
