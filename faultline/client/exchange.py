"""Repetition and composition of calls, for both clients.

Each is a generator that yields what is to be sent and is given what came of it, so that it knows neither
threads nor coroutines; `run` of a client sends.
"""

import math
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import Any, Self

from faultline.client import calls
from faultline.client.api import Answer
from faultline.client.calls import Call
from faultline.client.errors import ApiProblem, ApiUnreachable
from lambdas.domain.lifecycle import Status
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.http.batch_receipt import BatchReceipt, BatchResult

MAX_WAIT_SECONDS = 25
"""The longest time that one call of the API waits."""

# Errors that may have passed when the call is repeated.
_PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, kw_only=True)
class Try:
    """A call to be sent.

    Attributes:
        after_seconds: A pause before it.
    """

    call: Call[Any]
    after_seconds: float = 0


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """Outcome of submitting one of several tasks.

    Attributes:
        task_id: Of the task; None if the submission's own is none.
        created: Whether it was accepted now, and not before.
        state: The task's state; None if it was refused.
        problem: Why it was refused; None if it was not.
    """

    task_id: str | None
    created: bool
    state: Status | None
    problem: ApiProblem | None

    @classmethod
    def of(cls, result: BatchResult) -> Self:
        """Return a result of a batch as an answer to a call of its own."""
        problem = result.problem and result.problem.model_dump(mode="json", by_alias=True)
        return cls(
            task_id=result.task_id,
            created=result.status == HTTPStatus.ACCEPTED,
            state=result.state,
            problem=ApiProblem(result.status, problem) if problem else None,
        )


type Outcome = Answer | ApiUnreachable
type Exchange[T] = Generator[Try, Outcome, T]


@dataclass(frozen=True, kw_only=True)
class Retries:
    """Number and timing of the repetitions of a call.

    The pause doubles with each try, and a random part of it is left out, so that clients that failed
    together do not come back together. Where the API says when to come back, that is waited for, too.

    Attributes:
        maximum_attempts: How often a call is sent at most.
        initial_interval: The longest pause before the second try, in seconds.
        maximum_interval: The longest of all pauses. A call that the API wants repeated later than that fails.
    """

    maximum_attempts: int = 6
    initial_interval: float = 0.2
    maximum_interval: float = 10.0

    def pause(self, call: Call[Any], attempt: int, outcome: Outcome) -> float | None:
        """Return the pause before the next try of a call; None if there is none."""
        if attempt >= self.maximum_attempts or not _may_be_repeated(call, outcome):
            return None
        wanted = retry_after(outcome) or 0.0
        if wanted > self.maximum_interval:
            return None
        return wanted + self.backoff(attempt)

    def backoff(self, attempt: int) -> float:
        """Return the pause after so many tries."""
        longest = min(self.maximum_interval, self.initial_interval * 2 ** (attempt - 1))
        return random.uniform(longest / 2, longest)


@dataclass(frozen=True, kw_only=True)
class Exchanges:
    """Operations of a client, independent of how requests are sent.

    Attributes:
        retries: How calls are repeated.
        clock: Returns seconds on a monotonic clock.
    """

    retries: Retries = Retries()
    clock: Callable[[], float] = time.monotonic

    def answered[T: JsonModel](self, call: Call[T], *, after_seconds: float = 0.0) -> Exchange[T]:
        """Send a call, after a pause, until it is answered for good.

        Raises:
            ApiProblem: The API refuses it. ApiUnreachable: There is no answer.
        """
        pause = after_seconds
        for attempt in count(1):
            outcome = yield Try(call=call, after_seconds=pause)
            again = self.retries.pause(call, attempt, outcome)
            if again is None:
                return _result(call, outcome)
            pause = again
        raise AssertionError

    def submitted(self, call: Call[BatchReceipt]) -> Exchange[list[Submitted]]:
        """Submit a batch until each of its tasks is accepted or refused for good.

        Raises:
            ApiProblem: The API refuses the batch as a whole. ApiUnreachable: There is no answer.
        """
        results: list[BatchResult] = []
        pause = 0.0
        for attempt in count(1):
            receipt = yield from self.answered(call, after_seconds=pause)
            # A task that the first try has accepted was there before when it is repeated.
            results = [
                new if not results or results[place].status in _PASSING else results[place]
                for place, new in enumerate(receipt.results)
            ]
            is_over = all(each.status not in _PASSING for each in results)
            if is_over or attempt == self.retries.maximum_attempts:
                break
            pause = self.retries.backoff(attempt)
        return [Submitted.of(each) for each in results]

    def ended(self, task_id: str, seconds: float) -> Exchange[Task]:
        """Wait until a task has ended, or the time is over, and return the task as it then is.

        Raises:
            ApiProblem: The API refuses, or its last answer is an error that may pass.
            ApiUnreachable: There is no answer, either.
        """
        deadline = self.clock() + seconds
        while True:
            left = max(0.0, deadline - self.clock())
            try:
                task = yield from self.answered(
                    calls.task(task_id, wait_seconds=min(MAX_WAIT_SECONDS, math.ceil(left)))
                )
            except (ApiProblem, ApiUnreachable) as error:
                if not left or (isinstance(error, ApiProblem) and error.status not in _PASSING):
                    raise
            else:
                if task.status.ended or not left:
                    return task


def retry_after(outcome: Outcome) -> float | None:
    """Return the seconds after which an answer wants its call repeated; None if it does not say."""
    said = outcome.headers.get("Retry-After", "") if isinstance(outcome, Answer) else ""
    return float(said) if said.isdecimal() else None


def _may_be_repeated(call: Call[Any], outcome: Outcome) -> bool:
    match outcome:
        case ApiUnreachable():
            return call.repeatable or not outcome.sent
        case Answer(status=HTTPStatus.TOO_MANY_REQUESTS):  # from API Gateway: no function has seen it
            return True
        case _:
            return call.repeatable and outcome.status in _PASSING


def _result[T: JsonModel](call: Call[T], outcome: Outcome) -> T:
    if isinstance(outcome, ApiUnreachable):
        raise outcome
    if not outcome.ok:
        raise ApiProblem(outcome.status, outcome.body, retry_after=retry_after(outcome))
    return call.parsed(outcome)
