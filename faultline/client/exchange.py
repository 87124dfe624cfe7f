"""Composite operations, shared by both clients.

Each operation is a generator that yields calls and receives their outcomes, so that the same code serves the
blocking and the asynchronous client; only the clients send requests.
"""

import math
import sys
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, Self

from faultline.client import calls
from faultline.client.batches import not_json, part_id, unchecked
from faultline.client.calls import Call
from faultline.client.errors import ApiProblem, ApiUnreachable, CallFailed
from faultline.client.retries import PASSING, Outcome, Retries, is_passing, may_have_arrived, retry_after
from lambdas.domain.batch import named
from lambdas.domain.lifecycle import Status
from lambdas.domain.receipt import Receipt
from lambdas.domain.serialization import JsonModel
from lambdas.domain.task import Task
from lambdas.http.batch_receipt import BatchReceipt, BatchResult
from lambdas.http.problems import ProblemType

MAX_WAIT_SECONDS = 25
"""Maximum time in seconds that a single call can wait."""

_GRACE_SECONDS = 5
"""Time in seconds for the response to a call that waits, beyond the time that it waits."""

# Problems of a batch as a whole that one of its tasks may cause, by its size or by the depth of its payload.
_CAUSED_BY_A_TASK = (ProblemType.INVALID_REQUEST, ProblemType.TOO_LARGE)


@dataclass(frozen=True, kw_only=True)
class Try:
    """A call to send.

    Attributes:
        after_seconds: Pause before the call.
        timeout_seconds: Timeout of the request; None for that of the client.
    """

    call: Call[Any]
    after_seconds: float = 0
    timeout_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """Outcome of submitting one of several tasks.

    Attributes:
        task_id: Id of the task; None if an invalid submission has none.
        created: Whether this submission created the task.
        state: State of the task; None if the submission was refused, or nothing is known about it.
        problem: Reason why the submission was refused; None if it was accepted, or nothing is known.
    """

    task_id: str | None
    created: bool
    state: Status | None
    problem: ApiProblem | None

    @classmethod
    def of(cls, result: BatchResult) -> Self:
        """Convert a result of a batch."""
        problem = result.problem and result.problem.model_dump(mode="json", by_alias=True)
        return cls(
            task_id=result.task_id,
            created=result.status == HTTPStatus.ACCEPTED,
            state=result.state,
            problem=ApiProblem(result.status, problem) if problem else None,
        )

    @classmethod
    def refused(cls, submission: Mapping[str, Any], problem: ApiProblem) -> Self:
        """Return the outcome of a submission for which the API refused a batch."""
        return cls(task_id=_id_of(submission), created=False, state=None, problem=problem)

    @classmethod
    def unknown(cls, submission: Mapping[str, Any]) -> Self:
        """Return the outcome of a submission whose task may exist, or may not."""
        return cls(task_id=_id_of(submission), created=False, state=None, problem=None)


def _id_of(submission: Mapping[str, Any]) -> str | None:
    id = submission.get("taskId")
    return id if isinstance(id, str) else None


type Exchange[T] = Generator[Try, Outcome, T]


@dataclass(frozen=True, kw_only=True)
class Exchanges:
    """Operations of a client, independent of how requests are sent.

    Attributes:
        retries: Retry policy for calls.
        clock: Function that returns the seconds of a monotonic clock.
    """

    retries: Retries = field(default_factory=Retries)
    clock: Callable[[], float] = time.monotonic

    def answered[T: JsonModel](self, call: Call[T], *, after_seconds: float = 0.0) -> Exchange[T]:
        """Send a call after a pause, retrying it after temporary errors.

        Raises:
            ApiProblem: If the API refuses the call.
            UnexpectedResponse: If the response is not of the expected type.
            ApiUnreachable: If the API does not respond.
        """
        pause, may_be_done = after_seconds, False
        for attempt in count(1):
            outcome = yield Try(call=call, after_seconds=pause)
            may_be_done = may_be_done or may_have_arrived(outcome)
            again = self.retries.pause(call, attempt, outcome)
            if again is None:
                break
            pause = again
        try:
            return _result(call, outcome)
        except CallFailed as error:
            error.may_be_done = may_be_done
            raise

    def accepted(self, call: Call[Receipt]) -> Exchange[Receipt]:
        """Submit a task.

        Raises:
            CallFailed: As in `answered`; the error has the task's id, since the task may exist if it
                `may_be_done`.
        """
        try:
            return (yield from self.answered(call))
        except CallFailed as error:
            error.task_id = call.json["taskId"]
            raise

    def submitted(self, call: Call[BatchReceipt]) -> Exchange[list[Submitted]]:
        """Submit a batch; retry it while tasks are refused temporarily and attempts are left.

        If a repetition fails, the outcomes of the previous attempt are returned.

        Raises:
            ApiProblem: If the API refuses the whole batch.
            UnexpectedResponse: If the response is not of the expected type.
            ApiUnreachable: If the API does not respond.
        """
        results: list[BatchResult] = []
        pause = 0.0
        for attempt in count(1):
            try:
                receipt = yield from self.answered(call, after_seconds=pause)
            except CallFailed:
                if not results:
                    raise
                break  # what is known is worth more: tasks were accepted, and others keep their problem
            # A task that the first attempt created already exists in the second one.
            results = [
                new if not results or results[place].status in PASSING else results[place]
                for place, new in enumerate(receipt.results)
            ]
            is_over = all(each.status not in PASSING for each in results)
            if is_over or attempt == self.retries.maximum_attempts:
                break
            pause = self.retries.backoff(attempt)
        return [Submitted.of(each) for each in results]

    def submitted_in_parts(
        self, submissions: Sequence[Mapping[str, Any]], batch_id: str
    ) -> Exchange[list[Submitted]]:
        """Submit a batch; if the API refuses it because of some of its tasks, submit its halves likewise.

        Tasks that JSON cannot represent are not sent, and are refused. In the halves, tasks without an id get
        the one that they have in the whole batch, which is sent as it is: it may have been submitted before,
        and the API compares the two. An error has the outcomes of all tasks, as far as they are known, as
        `submitted`, and `may_be_done` if some of them exist.

        Raises:
            ApiProblem: If the API refuses the batch for another reason.
            UnexpectedResponse: If the response is not of the expected type.
            ApiUnreachable: If the API does not respond.
        """
        bodies = {place: named(body, batch_id, place) for place, body in enumerate(submissions)}
        known = {
            place: Submitted.refused(body, problem)
            for place, body in bodies.items()
            if (problem := not_json(body)) is not None
        }
        unchanged = None if known else submissions
        try:
            yield from self._in_parts(_without(bodies, known), batch_id, known, unchanged)
        except CallFailed as error:
            error.may_be_done = error.may_be_done or any(each.state for each in known.values())
            error.submitted = tuple(
                known.get(place) or Submitted.unknown(body) for place, body in bodies.items()
            )
            raise
        return [known[place] for place in bodies]

    def _in_parts(
        self,
        bodies: Mapping[int, Mapping[str, Any]],
        batch_id: str,
        known: dict[int, Submitted],
        unchanged: Sequence[Mapping[str, Any]] | None = None,
    ) -> Exchange[None]:
        """Submit bodies by their places in the whole batch, and add the outcomes to those that are known.

        Args:
            bodies: The bodies with their ids.
            batch_id: Id of the batch that they make.
            known: The outcomes by place.
            unchanged: The bodies to send instead in a single batch, without ids; None to send those with ids.
        """
        if not bodies:
            return
        places = [*bodies]
        try:
            results = yield from self.submitted(calls.submit_batch(unchanged or [*bodies.values()], batch_id))
        except ApiProblem as problem:
            if left_out := unchecked(problem).intersection(range(len(places))):
                refused = {places[place] for place in left_out}
                known.update({place: Submitted.refused(bodies[place], problem) for place in refused})
                rest = part_id(batch_id, f"without-{sum(1 << place for place in left_out):x}")
                yield from self._in_parts(_without(bodies, refused), rest, known)
                return
            if not any(map(problem.is_a, _CAUSED_BY_A_TASK)):
                raise
            if len(places) == 1:
                known[places[0]] = Submitted.refused(bodies[places[0]], problem)
                return
        else:
            known.update(zip(places, results, strict=True))
            return
        middle = len(places) // 2
        yield from self._in_parts(_without(bodies, places[middle:]), part_id(batch_id, "0"), known)
        yield from self._in_parts(_without(bodies, places[:middle]), part_id(batch_id, "1"), known)

    def ended(self, task_id: str, seconds: float) -> Exchange[Task]:
        """Wait for a task to end, at most `seconds`, and return its last known state.

        Temporary errors are retried until the time is over, whatever the retry policy's maximum of attempts.

        Raises:
            ValueError: If `seconds` is not a number.
            ApiProblem: If the API refuses the call, or its response is a temporary error and the time is over
                before the next attempt.
            UnexpectedResponse: If the response is not of the expected type.
            ApiUnreachable: If the API did not respond, and the time is over before the next attempt.
        """
        if math.isnan(limit := min(seconds, sys.float_info.max)):  # an integer may exceed any float
            raise ValueError("the time to wait is not a number: nan")
        deadline = self.clock() + limit
        pause, failures = 0.0, 0
        while True:
            left = max(0.0, deadline - self.clock() - pause)
            wait = math.ceil(min(MAX_WAIT_SECONDS, left))
            call = calls.task(task_id, wait_seconds=wait)
            timeout = min(wait, left) + _GRACE_SECONDS
            outcome = yield Try(call=call, after_seconds=pause, timeout_seconds=timeout)
            if is_passing(outcome):
                failures += 1
                pause = (retry_after(outcome) or 0.0) + self.retries.backoff(failures)
                if pause > deadline - self.clock():
                    return _result(call, outcome)
            else:
                task = _result(call, outcome)
                if task.status.ended or self.clock() >= deadline:
                    return task
                pause, failures = 0.0, 0


def _without[T](bodies: Mapping[int, T], places: Collection[int]) -> dict[int, T]:
    return {place: body for place, body in bodies.items() if place not in places}


def _result[T: JsonModel](call: Call[T], outcome: Outcome) -> T:
    if isinstance(outcome, ApiUnreachable):
        raise outcome
    if not outcome.ok:
        raise ApiProblem(outcome.status, outcome.body, retry_after=retry_after(outcome))
    return call.parsed(outcome)
