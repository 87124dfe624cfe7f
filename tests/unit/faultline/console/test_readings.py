"""Readings that browser tabs share, and that are refreshed after a change."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from faultline.console.readings import Readings, read_all


@dataclass
class Stage:
    """A stage that counts requests, with a clock.

    Attributes:
        answers: While set, requests are answered.
    """

    time: float = 0.0
    asked: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.answers.wait()
        if self.fails:
            raise OSError("away")
        return number


def with_stage(test: Callable[[Stage, Readings], Coroutine[Any, Any, None]]) -> None:
    """Run a test with a stage that answers at once, and with readings on its clock."""

    async def run() -> None:
        stage = Stage()
        stage.answers.set()
        await test(stage, Readings(clock=lambda: stage.time))

    asyncio.run(run())


def test_five_tabs_ask_as_often_as_one() -> None:
    """Five tabs that refresh every 2 s at different moments cause one request every 2 s."""

    async def test(stage: Stage, readings: Readings) -> None:
        for moment in range(100):
            stage.time = moment * 0.4  # one of the five tabs
            await readings.read("stats", stage.ask, max_age=1.8)
        assert stage.asked == 20

    with_stage(test)


def test_what_takes_long_is_asked_for_less_often() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        stage.answers.clear()
        first = asyncio.create_task(readings.read("stats", stage.ask, max_age=1.8))
        await asyncio.sleep(0)
        stage.time = 4.0
        stage.answers.set()
        assert await first == 1
        for stage.time, expected in ((6.0, 1), (11.9, 1), (12.0, 2)):
            assert await readings.read("stats", stage.ask, max_age=1.8) == expected

    with_stage(test)


def test_those_that_ask_meanwhile_wait_for_the_same_answer() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        stage.answers.clear()
        waiting = [asyncio.create_task(readings.read("stats", stage.ask, max_age=1)) for _ in range(3)]
        await asyncio.sleep(0)
        stage.time = 60  # it takes longer than its result is valid
        waiting.append(asyncio.create_task(readings.read("stats", stage.ask, max_age=1)))
        await asyncio.sleep(0)
        stage.answers.set()
        assert await asyncio.gather(*waiting) == [1, 1, 1, 1]

    with_stage(test)


def test_a_tab_that_is_closed_takes_no_answer_from_the_others() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        stage.answers.clear()
        closed, stays = (asyncio.create_task(readings.read("stats", stage.ask, max_age=1)) for _ in range(2))
        await asyncio.sleep(0)
        closed.cancel()
        stage.answers.set()
        assert await stays == 1

    with_stage(test)


def test_a_new_one_begins_where_it_is_asked_for_and_after_a_change() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        assert await readings.read("stats", stage.ask, max_age=9) == 1
        assert await readings.read("stats", stage.ask, max_age=0) == 2
        assert await readings.read("stats", stage.ask, max_age=9) == 2
        stage.answers.clear()
        before = asyncio.create_task(readings.read("stats", stage.ask, max_age=0))
        await asyncio.sleep(0)
        readings.forget()
        after = asyncio.create_task(readings.read("stats", stage.ask, max_age=9))
        await asyncio.sleep(0)
        stage.answers.set()
        assert (await before, await after) == (3, 4)
        assert await readings.read("stats", stage.ask, max_age=9) == 4

    with_stage(test)


def test_a_failure_is_told_to_all_that_wait_and_not_kept() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        stage.fails = True
        both = [readings.read("stats", stage.ask, max_age=9) for _ in range(2)]
        assert [type(each) for each in await asyncio.gather(*both, return_exceptions=True)] == [OSError] * 2
        stage.fails = False
        assert await readings.read("stats", stage.ask, max_age=9) == 2
        stage.fails = True
        with pytest.raises(OSError, match="away"):
            await readings.read("stats", stage.ask, max_age=0)

    with_stage(test)


async def fail(message: str) -> None:
    raise OSError(message)


def test_an_outage_is_told_by_the_first_reading_whichever_fails_first() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        stage.answers.clear()
        stage.fails = True
        both = asyncio.create_task(read_all(stage.ask(), fail("metrics")))
        await asyncio.sleep(0.01)
        stage.answers.set()
        with pytest.raises(OSError, match="away"):
            await both

    with_stage(test)


def test_readings_at_once_end_together_though_one_fails() -> None:
    """One that went on would show what it read after the next refresh."""

    async def test(stage: Stage, readings: Readings) -> None:
        stage.answers.clear()
        both = asyncio.create_task(read_all(stage.ask(), fail("metrics")))
        await asyncio.sleep(0.01)
        assert not both.done()
        stage.answers.set()
        with pytest.raises(OSError, match="metrics"):
            await both

    with_stage(test)


def test_readings_at_once_are_in_their_order() -> None:
    async def test(stage: Stage, readings: Readings) -> None:
        assert await read_all(stage.ask(), stage.ask()) == [1, 2]

    with_stage(test)
