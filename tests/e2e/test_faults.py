"""Handling of tasks while calls to AWS fail or their answers are lost."""

import random
import string
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faultline.operations.errors import FaultsFailed
from faultline.operations.faults import FaultClient, Rule
from tests.e2e.alerts import Alerts
from tests.e2e.conftest import Room
from tests.e2e.direct import dead_lettered
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh, statuses
from tests.eventually import eventually

# Calls to AWS fail for all tests, so no other test may run meanwhile.
pytestmark = pytest.mark.alone

TRIES = 3
"""Number of times that a function makes a failing call (lambdas.application.clients)."""


class Faults:
    """The faults of the sandbox, for the duration of a test."""

    def __init__(self, client: FaultClient) -> None:
        self._client = client
        self._on = False

    def begin(self, service: str, operation: str, error: str, **more: Any) -> None:
        self.begin_all([{"service": service, "operation": operation, "error": error, **more}])

    def begin_all(self, rules: Iterable[Rule]) -> None:
        self._client.put(list(rules))
        self._on = True

    def hits(self) -> int:
        return sum(int(rule["hits"]) for rule in self._rules())

    def met(self, hits: int = 1) -> None:
        """Wait until the faults have had a number of hits."""
        eventually(lambda: self.hits() >= hits, what=f"{hits} calls that failed", every=0.05)

    def end(self) -> None:
        """Clear the faults, but only once, since later ones may be another test's."""
        if self._on:
            self._client.clear()
            self._on = False

    def _rules(self) -> list[Rule]:
        return self._client.get()


@pytest.fixture
def faults(stack: Stack) -> Iterator[Faults]:
    endpoint = stack.session.client("sqs").meta.endpoint_url
    client = FaultClient(endpoint)
    try:
        client.get()
    except FaultsFailed as error:
        pytest.skip(f"AWS fails on demand in a Faultline sandbox only: {error}")
    faults = Faults(client)
    try:
        yield faults
    finally:
        faults.end()


def refused(stack: Stack, sink: Sink, faults: Faults) -> dict[str, Any]:
    """Submit a task whose message the queue refuses, check the 503, and return the submission."""
    submission = {"taskId": fresh("refused"), "type": "http.request", "payload": {"url": sink.url}}
    faults.begin("sqs", "SendMessage", "ServiceUnavailable")
    answer = stack.submit(**submission)
    assert faults.hits() >= TRIES
    faults.end()
    assert answer.status == 503, answer.problem()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert str(submission["taskId"]) in answer.body["detail"]
    assert stack.task(str(submission["taskId"]))["status"] == "PENDING"
    return submission


def test_a_submission_that_the_queue_refused_is_completed_by_its_repetition(
    stack: Stack, sink: Sink, faults: Faults
) -> None:
    """A repeated submission queues the recorded task whose message was refused before."""
    submission = refused(stack, sink, faults)
    answer = stack.submit(**submission)
    assert answer.status == 200, answer.problem()
    assert answer.body["status"] != "PENDING"
    task = stack.ended(str(submission["taskId"]))
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    assert sink.order() == [task["taskId"]]


def test_a_submission_that_the_queue_refused_is_completed_by_itself(
    stack: Stack, sink: Sink, faults: Faults, room: Room
) -> None:
    """A task whose message was refused is done even if the client does not repeat the submission."""
    submission = refused(stack, sink, faults)
    room.leave()
    assert stack.ended(str(submission["taskId"]))["status"] == "SUCCEEDED"
    # There may be several attempts if one meets the faults of another test.
    assert set(sink.effects()) == {f"{submission['taskId']}:0"}


def test_a_dead_letter_that_could_not_be_told_stays(
    stack: Stack, alerts: Alerts, faults: Faults, room: Room
) -> None:
    """A dead letter whose alert cannot be published stays on its queue, and is alerted later."""
    faults.begin("sns", "Publish", "InternalError")
    task_id = stack.accepted(simulate={"error": "VALIDATION"})
    faults.met(TRIES)
    assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
    assert not alerts.of(task_id)
    faults.end()
    room.leave()
    assert alerts.first(task_id)["category"] == "VALIDATION"
    assert stack.task(task_id)["status"] == "DEAD_LETTERED"


def test_a_dead_letter_that_could_not_be_sent_is_sent_later(
    stack: Stack, alerts: Alerts, faults: Faults, room: Room
) -> None:
    """A dead letter that cannot be sent to the dead-letter queue is sent when its message returns."""
    task_id = stack.accepted(simulate={"latencyMs": 4000, "error": "VALIDATION"})
    stack.becomes(task_id, "PROCESSING")
    faults.begin("sqs", "SendMessage", "ServiceUnavailable")
    # Other tasks send messages as well, so hits alone would not mean that this attempt has ended.
    assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
    faults.met(TRIES)
    assert not alerts.of(task_id)
    faults.end()
    room.leave()
    assert alerts.first(task_id)["category"] == "VALIDATION"
    assert statuses(stack.task(task_id)) == ["PENDING", "PROCESSING", "DEAD_LETTERED"]


def test_what_has_been_done_is_confirmed_although_s3_fails(stack: Stack, faults: Faults) -> None:
    """A change, or a submission, is confirmed with placeholders if payload or result cannot be read."""
    large = {"text": "".join(random.choices(string.printable, k=300_000))}
    submission = {"taskId": fresh("large"), "payload": large, "simulate": {}}
    stack.ended(stack.accepted(**submission))
    now = datetime.now(UTC)
    scheduled = stack.accepted(payload=large, runAt=(now + timedelta(days=9)).isoformat())
    dead = dead_lettered(stack, at=now, payload=large)
    faults.begin("s3", "GetObject", "InternalError")
    cancelled = stack.cancel(scheduled)
    redriven = stack.redrive(dead)
    repeated = stack.api.submit(submission, wait_seconds=1)
    read = stack.api.task(scheduled)
    faults.end()
    assert (cancelled.status, cancelled.body["status"]) == (202, "CANCELLED")
    assert (redriven.status, redriven.body["generation"]) == (202, 1)
    assert (repeated.status, repeated.body["status"]) == (200, "SUCCEEDED")
    for shown in (cancelled.body["payload"], redriven.body["payload"], repeated.body["result"]):
        assert shown["omitted"] is True
    assert read.status == 503
    assert stack.task(scheduled)["payload"] == large
    assert stack.ended(dead)["status"] == "SUCCEEDED"


def test_a_task_outlives_its_table(stack: Stack, sink: Sink, faults: Faults) -> None:
    """While the table refuses writes, no work begins; afterwards the task is done once."""
    throttled = {"error": "ProvisionedThroughputExceededException", "count": TRIES}
    faults.begin_all(
        {"service": "dynamodb", "operation": "UpdateItem", **more}
        for more in (throttled, {"error": "InternalServerError"})
    )
    task_id = stack.delivers(sink.url)
    faults.met(2 * TRIES)  # in two deliveries
    assert stack.task(task_id)["status"] == "PENDING"
    assert sink.requests() == []
    faults.end()
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    assert sink.effects() == {f"{task_id}:0": 1}


@pytest.mark.parametrize(
    ("error", "lost"),
    [("ConnectionReset", 1), ("InternalServerError", 1), ("ConnectionReset", TRIES)],
)
def test_a_result_whose_write_was_not_confirmed_counts(
    stack: Stack, sink: Sink, faults: Faults, room: Room, error: str, lost: int
) -> None:
    """If the answer to a result's write is lost, the result counts, and the work is not repeated."""
    key = fresh("key")
    task_id = stack.delivers(sink.url, orderingKey=key, simulate={"latencyMs": 3500})
    stack.becomes(task_id, "PROCESSING")  # and not done yet, even if this read is slow
    faults.begin("dynamodb", "UpdateItem", error, when="after", count=lost)
    faults.met(lost)
    faults.end()
    task = stack.ended(task_id)
    assert (task["status"], task["attempts"]) == ("SUCCEEDED", 1)
    # If its message was not acknowledged, it returns and is acknowledged then: the next of its group shows
    # it.
    next_of_its_key = stack.delivers(sink.url, orderingKey=key)
    room.leave()
    assert stack.ended(next_of_its_key)["status"] == "SUCCEEDED"
    assert stack.task(task_id) == task
    assert sink.effects()[f"{task_id}:0"] == 1
