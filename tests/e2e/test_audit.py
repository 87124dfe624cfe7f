"""The audit trail: each change's requester in the history and in the log."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from faultline.client.authentication import API_KEY_VARIABLE
from faultline.operations import api_keys
from tests.e2e.direct import recorded
from tests.e2e.logs import log_lines
from tests.e2e.stack import Stack, Task, fresh
from tests.e2e.test_redrive import dead_of
from tests.e2e.test_schedule import later
from tests.eventually import eventually


def assert_asked_by_this_client(stack: Stack, requested_by: dict[str, Any], id: str, address: str) -> None:
    """Check that a requester has an address and, in a stage with keys, the id of an existing key."""
    assert requested_by[address]
    if stack.settings.authentication == "api-key":
        assert requested_by[id] in {key.id for key in api_keys.keys(stack.session, stack.settings)}


def dead(stack: Stack) -> Task:
    return stack.ended(stack.accepted(simulate={"error": "VALIDATION"}))


def redriven(stack: Stack) -> str:
    task_id = str(dead(stack)["taskId"])
    assert stack.redrive(task_id).status == 202
    return task_id


def redriven_with_others(stack: Stack) -> str:
    # Other tests that still run have dead letters, but none of UNKNOWN.
    task = dead_of(stack, "UNKNOWN")
    before = (datetime.fromisoformat(task["updatedAt"]) + timedelta(milliseconds=1)).isoformat()
    criteria = {"category": "UNKNOWN", "before": before, "limit": 500}
    assert stack.api.call("POST", "/redrives", json=criteria).status == 202
    return str(task["taskId"])


def cancelled(stack: Stack) -> str:
    task_id = recorded(stack)
    assert stack.cancel(task_id).status == 202
    return task_id


def run(stack: Stack) -> str:
    task_id = recorded(stack, runAt=later(86400).isoformat())
    assert stack.api.run(task_id).status == 202
    return task_id


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (cancelled, "task cancelled"),
        (run, "task run now"),
        (redriven, "task redriven"),
        pytest.param(redriven_with_others, "task redriven", marks=pytest.mark.alone),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_requester_is_in_the_history_and_in_the_log(stack: Stack, make: Any, line: str) -> None:
    """A change's requester is in the history and the log, by key id and address but not by key."""
    began = datetime.now(UTC)
    task_id = make(stack)
    task = stack.task(task_id)
    [entry] = [each for each in task["history"] if "requestedBy" in each]
    assert (entry["status"], entry.get("generation", 0)) in {("CANCELLED", 0), ("PENDING", 0), ("PENDING", 1)}
    assert_asked_by_this_client(stack, entry["requestedBy"], "apiKeyId", "sourceAddress")

    def logged() -> list[str]:
        lines = log_lines(stack, stack.settings.log_group_name, began)
        return [each for each in lines if task_id in each and f'"message":"{line}"' in each]

    [found] = eventually(logged, what=f"a line `{line}`", every=0.5)
    assert_asked_by_this_client(stack, json.loads(found)["requested_by"], "api_key_id", "source_address")
    for text in (json.dumps(task), found):
        assert os.environ.get(API_KEY_VARIABLE, "no key") not in text


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address on Linux only")
def test_the_address_is_that_of_the_connection(stack: Stack) -> None:
    """The audited address is the connection's, even if a header claims another."""
    url = urlsplit(stack.api.url)
    if url.hostname != "127.0.0.1":
        pytest.skip("the stack is not on this machine")
    task_id = recorded(stack)
    headers = {"X-Forwarded-For": "203.0.113.9", "x-api-key": os.environ.get(API_KEY_VARIABLE, "")}
    connection = HTTPConnection(str(url.hostname), url.port, source_address=("127.0.0.2", 0))
    connection.request("DELETE", f"{url.path}/tasks/{task_id}", headers=headers)
    assert connection.getresponse().status == 202
    connection.close()
    assert stack.task(task_id)["history"][-1]["requestedBy"]["sourceAddress"] == "127.0.0.2"


def test_keys_are_created_and_revoked_with_a_line_in_the_log(stack: Stack) -> None:
    """Creating or revoking a key logs its name, its id and the principal, but not its value."""
    if stack.settings.authentication != "api-key":
        pytest.skip("clients have no keys")
    began, name = datetime.now(UTC), fresh("audited")
    key = api_keys.create(stack.session, stack.settings, name)
    api_keys.revoke(stack.session, stack.settings, name)

    def logged() -> list[str]:
        lines = [each for each in log_lines(stack, stack.settings.log_group_name, began) if name in each]
        return lines if len(lines) == 2 else []

    lines = eventually(logged, what=f"two lines about {name}", every=0.5)
    said = [json.loads(line) for line in lines]
    assert {each["message"] for each in said} == {"API key created", "API key revoked"}
    principal = stack.session.client("sts").get_caller_identity()["Arn"]
    for each in said:
        assert (each["api_key_id"], each["requested_by"]) == (key.id, {"principal": principal})
    assert str(key.value) not in "".join(lines)
