"""Delayed answers to a function's calls."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from faultline.operations.faults import FaultClient
from tests.eventually import eventually
from tests.sandbox.faults.calls import OK, Calls

ENDLESS_MS = 50_000  # unless it is removed


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_late_call_holds_up_no_other(faults: FaultClient, calls: Calls, when: str) -> None:
    """A delay, before or after the call, does not delay other calls, and ends with its rule."""
    write, made = calls.put_item()
    faults.add({"service": "dynamodb", "latencyMs": ENDLESS_MS, "when": when})
    with ThreadPoolExecutor() as threads:
        late = [threads.submit(calls.function, write) for _ in range(3)]
        eventually(lambda: faults.get()[0]["hits"] == 3, what="all calls wait")
        assert calls.function(calls.of("sqs")) == [OK]
        if when == "after":
            eventually(made, what="the item is written")
        assert made() is (when == "after")
        assert not any(each.done() for each in late)
        faults.clear()
        assert [each.result(timeout=60) for each in late] == [[OK]] * 3
    assert made()


def test_a_late_call_is_answered_in_the_end(faults: FaultClient, calls: Calls) -> None:
    """A delayed call gets the correct answer after its delay."""
    faults.add({"service": "ssm", "latencyMs": 300})
    outcome, seconds = calls.timed(calls.of("ssm"))
    assert outcome == OK
    assert seconds >= 0.3
