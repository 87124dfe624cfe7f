"""The time limit of work."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from lambdas.domain.errors import Category, InvalidWork, classify
from lambdas.process_task.attempt import TimedOut, perform
from lambdas.telemetry.tracebacks import traceback_of
from lambdas.work.registry import Payload, WorkContext, kind
from lambdas.work.time_limit import TimeLimit, TimeLimitReached
from tests.unit.work.context import a_context


def stubborn() -> None:
    while True:
        with suppress(Exception):
            time.sleep(10)


@kind("slow", timeout=0.5)
def slow(payload: Payload, context: WorkContext) -> None:
    stubborn()


def test_work_that_takes_longer_than_its_kind_may_has_failed_with_its_stack() -> None:
    with pytest.raises(TimedOut, match=r"stopped after 0\.5 s, its timeout") as caught:
        perform(slow, Payload(), a_context())
    assert classify(caught.value).category is Category.SYSTEM
    assert ", in stubborn\n    time.sleep(10)\n" in str(traceback_of(caught.value, slow.perform))


async def spin() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.01, 1)  # the limit is reached here, however slow the start was
    while True:
        pass


async def gathered() -> None:
    await asyncio.gather(spin(), return_exceptions=True)


async def waited() -> None:
    await asyncio.wait([asyncio.create_task(spin())])


async def grouped() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(spin())


async def replaced() -> None:
    try:
        await spin()
    finally:
        raise InvalidWork("interrupted")


@pytest.mark.parametrize("begin", [gathered, waited, grouped, replaced])
def test_work_that_catches_its_interruption_has_timed_out(
    begin: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """asyncio keeps what a task raises, so work whose time is over may return, or raise another error."""

    @kind("asynchronous", timeout=20)
    def work(payload: Payload, context: WorkContext) -> None:
        asyncio.run(begin())

    with pytest.raises(TimedOut, match="stopped after 20 s, its timeout") as caught:
        perform(work, Payload(), a_context())
    assert ", in spin\n" in str(traceback_of(caught.value, work.perform))


@kind("left", timeout=20)
def left(payload: Payload, context: WorkContext) -> float:
    return context.remaining_seconds()


def test_work_knows_how_much_time_is_left() -> None:
    """It is stopped at the timeout of its kind, or with its function."""
    assert 19 < perform(left, Payload(), a_context(remaining_seconds=60)) <= 20  # type: ignore[operator]
    assert perform(left, Payload(), a_context(remaining_seconds=3)) == 3


def test_what_the_limit_has_changed_is_restored() -> None:
    """An outer timer and its signal handler are restored when the limit ends."""
    before = signal.getsignal(signal.SIGALRM)
    left = signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        with TimeLimit(50).enforced():
            assert 49 < signal.getitimer(signal.ITIMER_REAL)[0] <= 50
        assert 99 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
        assert signal.getsignal(signal.SIGALRM) is before
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)


def test_it_is_no_exception_that_work_would_catch() -> None:
    assert not issubclass(TimeLimitReached, Exception)


def test_other_threads_are_not_limited() -> None:
    done = threading.Event()

    def work() -> None:
        with TimeLimit(0.001).enforced():
            time.sleep(0.01)
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done.is_set()
