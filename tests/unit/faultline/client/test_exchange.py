"""Repetition of calls and waiting for a task, without a server."""

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faultline.client import ApiProblem, ApiUnreachable, Status, Task, calls
from faultline.client.api import Answer
from faultline.client.exchange import Exchanges
from faultline.client.retries import Retries
from tests.unit.faultline.client.calling import TASK

ONCE = Retries(maximum_attempts=1)


class Api:
    """An API that gives its answers in turn and repeats the last one. A call takes as long as it may wait."""

    def __init__(
        self, *answers: tuple[int, str], retries: Retries = ONCE, headers: dict[str, str] | None = None
    ) -> None:
        self.answers = [*answers]
        self.headers = headers or {}
        self.waits: list[int] = []
        self.now = 0.0
        self.retries = retries

    def wait(self, seconds: float) -> Task:
        exchange = Exchanges(retries=self.retries, clock=lambda: self.now).ended("t", seconds)
        try:
            wanted = next(exchange)
            while True:
                self.now += wanted.after_seconds + 0.5  # a failed call takes time, too
                wait = wanted.call.params.get("waitSeconds", 0)
                self.waits.append(wait)
                status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if status == 200:
                    self.now += max(0, wait - 0.5)
                body: Any = {**TASK, "status": text} if status == 200 else {"detail": text}
                wanted = exchange.send(Answer(status=status, body=body, headers=self.headers))
        except StopIteration as over:
            task: Task = over.value
            return task


def test_it_calls_until_the_task_has_ended() -> None:
    api = Api((200, "QUEUED"), (200, "PROCESSING"), (200, "SUCCEEDED"))
    assert api.wait(600).status is Status.SUCCEEDED
    assert api.waits == [25, 25, 25]


def test_it_ends_when_the_time_is_over() -> None:
    """A wait that runs out of time returns the task in its current state."""
    api = Api((200, "QUEUED"))
    assert api.wait(60).status is Status.QUEUED
    assert api.waits == [25, 25, 10]


def test_without_time_it_calls_once() -> None:
    api = Api((200, "QUEUED"))
    assert api.wait(0).status is Status.QUEUED
    assert api.waits == [0]


@given(st.floats(allow_nan=False) | st.integers())
@example(math.inf)
@example(-math.inf)
@example(10**400)
def test_any_time_can_be_waited(seconds: float) -> None:
    """A wait may have any length: without an end it goes on until the task has ended."""
    api = Api((200, "QUEUED"), (200, "QUEUED"), (200, "SUCCEEDED"))
    waited = api.wait(seconds)
    assert waited.status is (Status.SUCCEEDED if seconds > 50 else Status.QUEUED)
    assert all(wait in range(26) for wait in api.waits)


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        Api((200, "QUEUED")).wait(math.nan)


def test_it_goes_on_after_an_error_that_may_pass() -> None:
    assert Api((503, "away"), (504, "late"), (429, "many"), (200, "CANCELLED")).wait(600).status.ended
    with pytest.raises(ApiProblem, match="away"):
        Api((503, "away")).wait(60)


def test_it_waits_as_long_as_it_is_told_to() -> None:
    """After a 429 with a long Retry-After, a wait pauses for that long, or fails if its time is shorter."""
    api = Api((429, "quota"), (429, "quota"), (200, "SUCCEEDED"), headers={"Retry-After": "3600"})
    assert api.wait(math.inf).status is Status.SUCCEEDED
    assert len(api.waits) == 3
    assert api.now > 7200
    api = Api((429, "quota"), headers={"Retry-After": "3600"})
    with pytest.raises(ApiProblem, match="quota"):
        api.wait(600)
    assert api.waits == [25]


def test_pauses_grow_while_errors_last() -> None:
    """A wait makes few calls during an outage, even if the policy allows only one attempt for a call."""
    api = Api((503, "away"))
    with pytest.raises(ApiProblem, match="away"):
        api.wait(3600)
    assert 3500 < api.now <= 3601
    assert len(api.waits) < 800


def test_a_server_that_does_not_answer_is_not_waited_for_much_longer() -> None:
    """Each request of a wait has a timeout by the time that is left."""
    times = [0.0]
    exchange = Exchanges(clock=lambda: sum(times)).ended("t", 5)
    wanted = next(exchange)
    assert wanted.timeout_seconds == 10
    times.append(wanted.timeout_seconds)
    with pytest.raises(ApiUnreachable):
        exchange.send(ApiUnreachable("silent"))


def test_an_error_that_does_not_pass_ends_it() -> None:
    api = Api((404, "nothing"))
    with pytest.raises(ApiProblem, match="nothing"):
        api.wait(60)
    assert api.waits == [25]


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body={}, headers=named)


READ, CANCEL = calls.task("t"), calls.cancel("t")


def test_pauses_double_up_to_the_longest() -> None:
    retries = Retries(maximum_attempts=5, initial_interval=1, maximum_interval=3)
    for attempt, longest in ((1, 1), (2, 2), (3, 3), (4, 3)):
        pauses = [retries.pause(READ, attempt, answer(503)) or 0 for _ in range(50)]
        assert longest / 2 <= min(pauses) < max(pauses) <= longest
    assert retries.pause(READ, 5, answer(503)) is None


def test_it_comes_back_when_it_is_told_to() -> None:
    """A call waits for its Retry-After in seconds, or fails if that is too long; a date is ignored."""
    retries = Retries(initial_interval=0.1, maximum_interval=5)
    assert 4 < (retries.pause(READ, 1, answer(429, Retry_After="4")) or 0) <= 4.1
    assert retries.pause(READ, 1, answer(429, Retry_After="3600")) is None
    assert (retries.pause(READ, 1, answer(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")) or 9) <= 0.1


@pytest.mark.parametrize("status", [200, 202, 301, 400, 403, 404, 409, 413, 500])
def test_what_does_not_pass_is_not_repeated(status: int) -> None:
    assert Retries().pause(READ, 1, answer(status)) is None


def test_the_body_of_a_success_is_not_converted_to_text() -> None:
    """A page of a list has megabytes."""

    class Page:
        def __str__(self) -> str:
            raise AssertionError

    assert Retries().pause(READ, 1, Answer(status=200, body=Page(), headers={})) is None


def test_what_may_have_arrived_is_repeated_if_that_is_safe() -> None:
    for lost in (ApiUnreachable("lost"), answer(503), answer(504)):
        assert Retries().pause(READ, 1, lost) is not None
        assert Retries().pause(CANCEL, 1, lost) is None
    for unseen in (ApiUnreachable("refused", sent=False), answer(429)):
        assert Retries().pause(CANCEL, 1, unseen) is not None
