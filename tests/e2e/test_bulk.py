"""Bulk redrives and cancellations by a filter, over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.e2e.logs import log_lines
from tests.e2e.sink import Sink
from tests.e2e.stack import Stack, fresh
from tests.e2e.test_schedule import later
from tests.eventually import eventually


def test_dead_letters_are_corrected_and_redriven_by_a_filter(stack: Stack, sink: Sink) -> None:
    """Dead letters with a tag are redriven with a patch, which corrects their URL and keeps their bodies."""
    tag = fresh("tag")[:40]
    sink.answer(410, path="/v1")
    old, new = f"{sink.url}v1", f"{sink.url}v2"

    def refused(n: int, url: str = old) -> str:
        return stack.accepted(type="http.request", payload={"url": url, "body": {"n": n}}, tags=[tag])

    ids = [refused(number) for number in range(3)]
    for task_id in ids:
        assert stack.ended(task_id)["status"] == "DEAD_LETTERED"
    [dead, *_] = [stack.task(task_id) for task_id in ids]
    group = {"tag": tag, "category": "VALIDATION", "errorType": dead["error"]["type"]}
    request: dict[str, Any] = {"filter": group, "payloadPatch": {"url": new, "timeoutSeconds": 5}}

    def previewed() -> dict[str, Any] | None:
        found = stack.api.redrive_many({**request, "dryRun": True})
        assert found.status == 200, found.problem()
        return dict(found.body) if found.body["matched"] == 3 else None

    preview = eventually(previewed, what="a preview of three")  # The index may lag.
    assert (preview["done"], preview["more"]) == (0, False)
    assert [task["taskId"] for task in preview["sample"]] == ids
    assert {stack.task(task_id)["generation"] for task_id in ids} == {0}

    # A patch that makes payloads invalid changes nothing.
    broken = stack.api.redrive_many({"filter": preview["filter"], "payloadPatch": {"url": None}})
    assert (broken.status, broken.body["matched"], broken.body["done"]) == (202, 3, 0), broken.problem()
    assert [each["taskId"] for each in broken.body["failed"]] == ids
    assert broken.body["failed"][0]["problem"]["errors"][0]["field"] == "payload.url"

    request["filter"] = preview["filter"]
    first = stack.api.redrive_many({**request, "limit": 2})
    assert (first.status, first.body["done"], first.body["more"]) == (202, 2, True), first.problem()
    last = stack.api.redrive_many({**request, "nextToken": first.body["nextToken"]})
    assert (last.body["done"], last.body["failed"], last.body["more"]) == (1, [], False), last.problem()
    assert last.body["filter"] == first.body["filter"] == preview["filter"]
    for number, task_id in enumerate(ids):
        task = stack.ended(task_id)
        assert (task["status"], task["generation"]) == ("SUCCEEDED", 1)
        assert task["payload"] == {"url": new, "body": {"n": number}, "timeoutSeconds": 5}
    assert stack.api.redrive_many(request).body["matched"] == 0


def test_tasks_are_cancelled_by_a_filter(stack: Stack) -> None:
    """Tasks are cancelled by reference and state; the log and each history have the requester."""
    began, reference = datetime.now(UTC), fresh("order")
    waiting = [stack.accepted(runAt=later(86400).isoformat(), reference=reference) for _ in range(2)]
    dead = stack.accepted(simulate={"error": "VALIDATION"}, reference=reference)
    done = stack.ended(stack.accepted(reference=reference))
    assert stack.ended(dead)["status"] == "DEAD_LETTERED"
    wanted = {"filter": {"reference": reference, "status": ["SCHEDULED", "DEAD_LETTERED"]}}

    answer = stack.api.cancel_many({**wanted, "dryRun": True})
    assert (answer.status, answer.body["matched"]) == (200, 3), answer.problem()
    answer = stack.api.cancel_many(wanted)
    assert (answer.status, answer.body["done"], answer.body["more"]) == (202, 3, False), answer.problem()
    for task_id in (*waiting, dead):
        task = stack.task(task_id)
        assert task["status"] == "CANCELLED"
        assert task["history"][-1]["requestedBy"]
    assert stack.task(done["taskId"]) == done
    assert stack.api.cancel_many(wanted).body["matched"] == 0

    def logged() -> list[str]:
        lines = log_lines(stack, stack.settings.log_group_name, began)
        return [each for each in lines if reference in each and '"message":"tasks cancelled"' in each]

    lines = eventually(logged, what="a line of the cancellation", every=0.5)
    assert json.loads(lines[0])["cancelled"] == 3
    assert json.loads(lines[0])["requested_by"]
