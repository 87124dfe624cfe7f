"""Submission of single tasks by both clients."""

from datetime import UTC, datetime

import pytest

from faultline.client import ApiProblem, ApiUnreachable, CallFailed, Status, UnexpectedResponse
from tests.unit.faultline.client.calling import AT, RECEIPT, Calling
from tests.unit.faultline.client.server import NOTHING, Server


def test_a_submission(server: Server, call: Calling) -> None:
    """A submission sends the API key and the given values under the API's names, but not None."""
    server.says(202, RECEIPT)
    later = datetime(2026, 1, 31, 12, tzinfo=UTC)
    receipt = call(lambda c: c.submit({"a": 1}, type="echo", task_id="t", run_at=later, reference=None))
    assert (receipt.task_id, receipt.status, receipt.submitted_at) == ("t", Status.QUEUED, later)
    [asked] = server.asked
    assert (asked.method, asked.path, asked.headers["X-Api-Key"]) == ("POST", "/stage/tasks", "key")
    assert asked.body == {"taskId": "t", "type": "echo", "payload": {"a": 1}, "runAt": AT}


def test_a_submission_that_is_repeated_is_the_same(server: Server, call: Calling) -> None:
    """A repeated submission has the id that the client generated for the first request."""
    server.says(NOTHING)
    server.says(503, {}, Retry_After="0")
    server.says(200, RECEIPT)
    call(lambda c: c.submit())
    bodies = [each.body for each in server.asked]
    assert len(bodies) == 3
    assert bodies[0]["taskId"]
    assert bodies[0] == bodies[1] == bodies[2]
    server.asked.clear()
    call(lambda c: c.submit())
    assert server.asked[0].body["taskId"] != bodies[0]["taskId"]


@pytest.mark.parametrize(
    ("status", "error"), [(504, ApiProblem), (NOTHING, ApiUnreachable), (202, UnexpectedResponse)]
)
def test_a_submission_that_fails_has_its_id(
    server: Server, call: Calling, status: int, error: type[CallFailed]
) -> None:
    """Without the id that the client has assigned, a repeated submission would be another task."""
    server.says(status, {})
    with pytest.raises(error) as raised:
        call(lambda c: c.submit())
    assert raised.value.task_id == server.asked[0].body["taskId"]
    assert raised.value.may_be_done
    with pytest.raises(error) as raised:
        call(lambda c: c.task("t"))
    assert raised.value.task_id is None


@pytest.mark.parametrize(
    ("statuses", "may_be_done"),
    [([429], False), ([403], False), ([429, 400], False), ([503, 429], True), ([NOTHING, 403], True)],
)
def test_a_submission_may_be_done_if_any_of_its_attempts_may_have_arrived(
    server: Server, call: Calling, statuses: list[int], may_be_done: bool
) -> None:
    for status in statuses:
        server.says(status, {})
    with pytest.raises(ApiProblem) as raised:
        call(lambda c: c.submit())
    assert raised.value.may_be_done is may_be_done
