"""The examples in docs/api.md, which work as pasted and get the shown answers."""

from contextlib import suppress

import pytest

from tests.e2e.api_page import Runner, Shown, differences, shown
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually

KINDS = "Kinds"


@pytest.fixture
def runner(stack: Stack, sink: Sink) -> Runner:
    places = {
        "https://partner.example.com/invoices": f"{sink.url}invoices",
        "https://api.example.com/hooks/faultline": f"{sink.url}told",
    }
    return Runner(stack=stack, run=fresh("page").removeprefix("page-").partition("-")[0], places=places)


def prepare(runner: Runner, sink: Sink) -> None:
    """Submit the tasks that the page requires: two dead letters, and two scheduled tasks."""
    sink.answer(422, path="/invoices")
    stack, at = runner.stack, later(86400).isoformat()
    dead = [
        stack.accepted(
            taskId=runner.ours(f"hook-{number}"),
            type="http.request",
            payload={"url": f"{sink.url}invoices", "body": {"invoice": number}},
            reference=runner.ours(f"order-{order}"),
        )
        for number, order in ((4712, 19), (4713, 18))
    ]
    stack.accepted(taskId=runner.ours("reminder-4712"), payload={"text": "pay"}, runAt=at)
    customer = runner.ours("customer-9")
    stack.accepted(taskId=runner.ours("reminder-4713"), payload={}, runAt=at, reference=customer)
    for task_id in dead:
        stack.ended(task_id)


def check(runner: Runner, example: Shown) -> None:
    """Run an example and check its answer; repeat a call that changes nothing until it is as shown."""
    found: list[str] = []

    def same() -> bool:
        found[:] = differences(example, runner.answered(example))
        return not found

    if example.changes_nothing:
        with suppress(AssertionError):
            eventually(same, every=0.3)
        assert not found, example.title
    else:
        assert same(), (example.title, found)


def test_each_example_is_answered_as_shown(runner: Runner, sink: Sink) -> None:
    """Each example on the page, except those about kinds, gets the shown answer."""
    prepare(runner, sink)
    of_kinds = shown(KINDS)
    examples = [each for each in shown() if each not in of_kinds]
    assert len(examples) >= 15
    for example in examples:
        check(runner, example)


@pytest.mark.alone  # tasks of other tests would wait as well
def test_each_example_of_kinds_is_answered_as_shown(runner: Runner) -> None:
    try:
        for example in shown(KINDS):
            check(runner, example)
    finally:
        runner.stack.api.resume("http.request")
