"""Correction of a VALIDATION dead letter by the client, through the API alone."""

import json
import random
import string
from datetime import UTC, datetime

from lambdas.domain.amendment import payload_digest
from tests.e2e.logs import log_lines
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack
from tests.eventually import eventually

# Too large for the record, even compressed.
LARGE = "".join(random.Random(7).choices(string.ascii_letters, k=6000))


def test_a_request_that_was_refused_is_corrected_and_delivered(stack: Stack, sink: Sink) -> None:
    """A task whose path the server refuses is redriven with another path, and its history says so."""
    began = datetime.now(UTC)
    sink.answer(422, path="/v1")
    former = {"url": f"{sink.url}v1"}
    task_id = stack.accepted(type="http.request", payload=former)
    dead = stack.ended(task_id)
    assert (dead["status"], dead["error"]["category"]) == ("DEAD_LETTERED", "VALIDATION")

    refused = stack.api.redrive(task_id, {"url": "ftp://nowhere"})
    assert (refused.status, [error["field"] for error in refused.body["errors"]]) == (400, ["payload.url"])
    assert stack.task(task_id) == dead

    payload = {"url": f"{sink.url}v2", "body": LARGE}
    answer = stack.api.redrive(task_id, payload)
    assert answer.status == 202, answer.problem()
    assert answer.body["payload"] == payload
    task = stack.ended(task_id)
    assert (task["status"], task["generation"], task["payload"]) == ("SUCCEEDED", 1, payload)
    assert sink.effects() == {f"{task_id}:1": 1}
    assert [request.path for request in sink.requests()] == ["/v1", "/v2"]
    [entry] = [each for each in task["history"] if "amended" in each]
    assert (entry["status"], entry["generation"]) == ("PENDING", 1)
    assert entry["amended"] == {"formerPayload": payload_digest({**former})}
    assert entry["requestedBy"]

    def logged() -> list[str]:
        lines = log_lines(stack, stack.settings.log_group_name, began)
        return [each for each in lines if task_id in each and '"message":"task redriven"' in each]

    [line] = eventually(logged, what="a line of the redrive", every=0.5)
    assert json.loads(line)["amended"] is True
    assert LARGE not in line

    submission = {"taskId": task_id, "type": "http.request", "payload": former, "simulate": {}}
    repeated = stack.api.submit(submission, wait_seconds=1)
    assert (repeated.status, repeated.body["payload"]) == (200, payload)
