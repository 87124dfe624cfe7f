"""What CloudWatch Logs has of an invocation, whichever way it ended."""

import json

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
    """A crash, a timeout and an error lose nothing of the log, and say themselves what they are."""
    name = localstack.deploy(TALKATIVE, Timeout=1)

    localstack.invoke(name, deed)

    events = localstack.events(name, until="REPORT")
    assert "to stdout" in events
    assert any(event in each for each in events)
    assert sum(each.startswith(("START", "END", "REPORT")) for each in events) == 3


def test_a_failed_init_is_in_the_log(localstack: LocalStack) -> None:
    """What a module wrote before it failed reaches the log, with the failure."""
    name = localstack.deploy("print('so far'); import nowhere")

    localstack.invoke(name)

    events = localstack.events(name, until="REPORT RequestId")
    assert "so far" in events
    assert any(each.startswith("[ERROR] Runtime.ImportModuleError") for each in events)


def test_much_output_neither_blocks_nor_is_lost(localstack: LocalStack) -> None:
    """A function may write more than a pipe holds."""
    name = localstack.deploy("def handler(*_): [print('x' * 99) for _ in range(5000)]", Timeout=30)

    reply = localstack.invoke(name)

    assert reply.error is None
    assert localstack.events(name, until="REPORT").count("x" * 99) == 5000
