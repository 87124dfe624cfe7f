"""The request that delivers a task's end to its callback."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.domain import strict_json
from lambdas.domain.callback import ENDS, Callback, delivery_id, is_delivery
from lambdas.domain.delivery import MAX_RESULT_BYTES, delivery_of_end, end_report
from lambdas.domain.errors import Category, TaskError
from lambdas.domain.lifecycle import ENDED, Status
from lambdas.domain.submission import Submission
from lambdas.domain.task import Task, accepted
from lambdas.store.objects import MAX_IN_TABLE_BYTES, omitted
from lambdas.work.http_request import HttpRequest
from lambdas.work.kinds import KINDS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
URL = "https://a.example/hook?token=1"
ERROR = TaskError.of(Category.SYSTEM, "Broken", "it broke")


def ended(status: Status, *, on: Sequence[str] | None = None, **changes: Any) -> Task:
    callback = {"url": URL, **({} if on is None else {"on": [*on]})}
    submission = Submission.model_validate({"payload": {}, "callback": callback})
    task = accepted(submission, task_id="order-1", max_attempts=3, correlation_id="c", at=NOON)
    later = NOON + timedelta(seconds=1)
    return task.model_copy(update={"status": status, "updated_at": later, **changes})


def test_every_end_can_be_told() -> None:
    assert set(ENDS) == {status.value for status in ENDED}
    assert Callback(url=URL).on == ENDS


def test_a_delivery_is_a_request_of_the_kind_for_requests() -> None:
    """A delivery is an `http.request` with that kind's number of attempts and a valid payload."""
    delivery = delivery_of_end(ended(Status.SUCCEEDED, result={"paid": True}))
    assert delivery is not None
    kind = KINDS[delivery.type]
    assert delivery.max_attempts == kind.maximum_attempts
    payload = HttpRequest.model_validate(delivery.payload)
    assert (payload.method, payload.url) == ("POST", URL)
    assert payload.body == {
        "taskId": "order-1",
        "type": "echo",
        "status": "SUCCEEDED",
        "generation": 0,
        "endedAt": "2026-01-01T12:00:01.000Z",
        "result": {"paid": True},
    }
    assert (delivery.reference, delivery.correlation_id) == ("order-1", "c")


@pytest.mark.parametrize("status", sorted(ENDED))
def test_only_the_wanted_ends_are_told(status: Status) -> None:
    assert delivery_of_end(ended(status)) is not None
    assert delivery_of_end(ended(status, on=[status])) is not None
    others = [each for each in ENDS if each != status]
    assert delivery_of_end(ended(status, on=others)) is None


def test_each_end_has_a_delivery_of_its_own() -> None:
    """Delivery ids differ between ends, generations and reused task ids, and are equal for the same end."""
    ends = [
        ended(Status.DEAD_LETTERED, error=ERROR),
        ended(Status.DEAD_LETTERED, error=ERROR, generation=1),
        ended(Status.CANCELLED, error=ERROR),
        ended(Status.DEAD_LETTERED, error=ERROR, submitted_at=NOON - timedelta(days=99)),
    ]
    ids = [delivery.task_id for each in [*ends, *ends] if (delivery := delivery_of_end(each))]
    assert ids[:4] == ids[4:]
    assert len(set(ids)) == 4
    assert all(is_delivery(each) for each in ids)
    assert not is_delivery("order-1")


def test_what_has_failed_says_why() -> None:
    """A delivery has the error, but no traceback, even if the record has one."""
    body = end_report(ended(Status.CANCELLED, error=ERROR.model_copy(update={"traceback": "line 1 of code"})))
    assert body["error"] == {
        "category": "SYSTEM",
        "type": "Broken",
        "message": "it broke",
        "retryable": True,
    }
    assert "result" not in body


def test_a_null_is_a_result() -> None:
    assert end_report(ended(Status.SUCCEEDED, result=None))["result"] is None


def test_a_result_that_is_too_large_is_left_out() -> None:
    """A result that is too large for a delivery is left out and flagged with `resultOmitted`."""
    largest, larger = "x" * (MAX_RESULT_BYTES - 2), "x" * (MAX_RESULT_BYTES - 1)
    assert end_report(ended(Status.SUCCEEDED, result=largest))["result"] == largest
    body = end_report(ended(Status.SUCCEEDED, result=larger))
    assert body["resultOmitted"] is True
    assert "result" not in body
    assert end_report(ended(Status.SUCCEEDED, result=omitted(3_000_000)))["result"] == omitted(3_000_000)
    error = TaskError.of(Category.SYSTEM, "Broken", "\U0001f41b" * 2000)
    delivery = delivery_of_end(ended(Status.SUCCEEDED, result=largest, error=error))
    assert delivery is not None
    assert len(strict_json.dumps(delivery.payload).encode()) <= MAX_IN_TABLE_BYTES


def test_ids_of_deliveries_differ_by_what_they_tell() -> None:
    """A batch and a task with the same id have different delivery ids, which are stable."""
    assert delivery_id("task", "a") != delivery_id("batch", "a")
    assert delivery_id("batch", "a") == delivery_id("batch", "a")
