"""Callbacks: signed requests that report the end of a task to its caller."""

import json
import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from faultline.operations import callbacks
from infra.deploy.callback_secret import CallbackSecret
from lambdas.process_task.signing import Signer
from tests.e2e.direct import recorded, table_of
from tests.e2e.logs import log_lines
from tests.e2e.sink import Request, Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually

# Too long for the record of a delivery, which then consists of two items.
LONG_PATH = "".join(random.Random(7).choices(string.ascii_letters, k=1900))


def verified(stack: Stack, request: Request) -> dict[str, Any]:
    """Verify a signature with any valid secret, since another test may rotate them; return the body."""
    for secret in callbacks.secrets(stack.session, stack.settings):
        try:
            return dict(Webhook(secret).verify(request.body, request.headers))
        except WebhookVerificationError:
            continue
    raise AssertionError(f"not signed by a valid secret: {request}")


def told(stack: Stack, sink: Sink, count: int) -> list[dict[str, Any]]:
    """Wait for exactly `count` callbacks, and return their bodies in order of generation and end."""
    requests = eventually(
        lambda: done if len(done := sink.done()) >= count else None, what=f"{count} callbacks"
    )
    bodies = [verified(stack, request) for request in requests]
    for task_id in {body["taskId"] for body in bodies}:
        for delivery in stack.api.tasks(reference=task_id).body["tasks"]:
            stack.ended(delivery["taskId"])
    assert len(sink.done()) == count
    return sorted(bodies, key=lambda body: (body["generation"], body["endedAt"]))


def test_a_success_is_told(stack: Stack, sink: Sink) -> None:
    """A success has one callback with the result; its webhook-id is the id of the delivery task."""
    task_id = stack.accepted(payload={"order": "ü"}, callback={"url": sink.url})
    [body] = told(stack, sink, 1)
    task = stack.task(task_id)
    assert task["callback"]["url"] == sink.url
    assert body == {
        "taskId": task_id,
        "type": "echo",
        "status": "SUCCEEDED",
        "generation": 0,
        "endedAt": task["updatedAt"],
        "result": {"order": "ü"},
    }
    [delivery] = stack.api.tasks(reference=task_id).body["tasks"]
    [request] = sink.requests()
    assert (request.headers["webhook-id"], delivery["type"]) == (delivery["taskId"], "http.request")
    assert stack.ended(delivery["taskId"])["status"] == "SUCCEEDED"


@pytest.mark.parametrize("path", ["", LONG_PATH], ids=["short", "long"])
def test_every_end_is_reported(stack: Stack, sink: Sink, path: str) -> None:
    """Each kind of end has a callback, even without an attempt, unless `on` leaves it out."""
    callback = {"url": sink.url + path}
    failing = {"error": "VALIDATION"}
    tasks = {
        "SUCCEEDED": stack.accepted(callback=callback),
        "DEAD_LETTERED": stack.accepted(callback=callback, simulate=failing),
        "CANCELLED": stack.accepted(callback=callback, runAt=later(86400).isoformat()),
        "EXPIRED": recorded(stack, callback=callback, expiresAt=later(1).isoformat()),
    }
    for status, task_id in tasks.items():
        if status == "CANCELLED":
            assert stack.cancel(task_id).status == 202
        unwanted = {"callback": {**callback, "on": [each for each in tasks if each != status]}}
        if status == "SUCCEEDED":
            stack.ended(stack.accepted(**unwanted))
    bodies = told(stack, sink, 4)
    assert {body["status"]: body["taskId"] for body in bodies} == tasks
    assert {body["status"] for body in bodies if "error" in body} == {"DEAD_LETTERED"}


def test_each_death_of_a_task_is_told(stack: Stack, sink: Sink) -> None:
    """Each dead letter of a redriven task has a callback, and so has its cancellation."""
    task_id = stack.accepted(callback={"url": sink.url}, simulate={"error": "VALIDATION"})
    stack.ended(task_id)
    assert stack.redrive(task_id).status == 202
    stack.ended(task_id)
    assert stack.cancel(task_id).status == 202
    bodies = told(stack, sink, 3)
    assert [(body["generation"], body["status"]) for body in bodies] == [
        (0, "DEAD_LETTERED"),
        (1, "DEAD_LETTERED"),
        (1, "CANCELLED"),
    ]
    assert len({request.headers["webhook-id"] for request in sink.requests()}) == 3


def test_a_host_that_was_away_is_told_later(stack: Stack, sink: Sink) -> None:
    """A callback to a host that was down is retried, with the same id and body and a new timestamp."""
    sink.answer(503)
    task_id = stack.accepted(callback={"url": sink.url})
    eventually(lambda: len(sink.requests()) >= 1, what="a first attempt")
    sink.answer(200, delay_seconds=2)
    [body] = told(stack, sink, 1)
    assert body["taskId"] == task_id
    first, *_, last = sink.requests()
    assert first.headers["webhook-id"] == last.headers["webhook-id"]
    assert int(first.headers["webhook-timestamp"]) < int(last.headers["webhook-timestamp"])
    assert first.body == last.body
    assert verified(stack, first) == body


def test_a_rotation_leaves_the_former_secret_valid(stack: Stack, sink: Sink) -> None:
    """After a rotation, callbacks are signed with the former secret as well as the current one."""
    former, *_ = callbacks.secrets(stack.session, stack.settings)
    began = datetime.now(UTC)
    assert callbacks.rotate(stack.session, stack.settings)[1] == former
    current, kept = callbacks.secrets(stack.session, stack.settings)
    assert kept == former != current

    stack.accepted(callback={"url": sink.url})
    told(stack, sink, 1)
    [request] = sink.done()
    Webhook(former).verify(request.body, request.headers)

    delivery = table_of(stack).get(request.task_id)
    assert delivery is not None
    ssm, parameter = stack.session.client("ssm"), stack.settings.callback_secret_parameter
    sign = Signer(lambda: ssm, parameter, now=lambda: datetime.now(UTC)).of(delivery)
    assert sign is not None
    for secret in (current, former):
        Webhook(secret).verify(request.body, dict(sign(request.body)))
    [line] = eventually(lambda: rotations(stack, began), what="a line in the log", every=0.5)
    assert json.loads(line)["requested_by"]["principal"]
    assert current not in line
    # A deployment changes neither.
    CallbackSecret(stack.session, stack.settings).ensure(pytest.fail)
    assert callbacks.secrets(stack.session, stack.settings) == [current, former]


def rotations(stack: Stack, began: datetime) -> list[str]:
    """Return the lines of the audit trail about rotations since a time."""
    lines = log_lines(stack, stack.settings.log_group_name, began)
    return [line for line in lines if '"callback secret rotated"' in line]


def test_nobody_else_gets_a_signature(stack: Stack, sink: Sink) -> None:
    """A client's own requests are not signed, and it cannot submit a task with a delivery's id."""
    stack.ended(stack.delivers(sink.url))
    [request] = sink.requests()
    assert not {name.lower() for name in request.headers} & {"webhook-id", "webhook-signature"}
    forged = stack.submit(
        taskId=f"callback:{fresh('forged')}", type="http.request", payload={"url": sink.url}
    )
    assert forged.status == 400
    assert [error["field"] for error in forged.body["errors"]] == ["taskId"]
