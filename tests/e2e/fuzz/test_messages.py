"""Arbitrary messages on the queues: each is consumed, and invalid ones become dead letters."""

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.e2e.fuzz.conftest import Fuzzed, trying
from tests.e2e.fuzz.submissions import members, mutated, values
from tests.e2e.stack import Stack, fresh
from tests.eventually import eventually

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
NOT_IN_MESSAGES = "".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff"
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=NOT_IN_MESSAGES), min_size=1, max_size=80
)
almost_tasks = st.fixed_dictionaries(
    {},
    optional={
        "taskId": st.sampled_from(["unknown-of-fuzz", "", "a b", "x" * 129]) | st.integers(),
        "generation": st.sampled_from([0, -1, 1, 10**20, 0.5, "0", None]),
        "correlationId": st.text(max_size=10) | st.none(),
        "predecessor": st.sampled_from(["a:1", "a", ":", "a:" + "9" * 10]),
        "error": st.none() | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
        "more": st.none(),
    },
)
bodies = st.one_of(
    texts,
    members,
    values,
    mutated().map(lambda body: body.decode(errors="ignore")),
    almost_tasks.map(json.dumps),
).filter(lambda body: bool(body) and not set(body) & set(NOT_IN_MESSAGES))


@pytest.mark.parametrize("queue", ["tasks", "dlq"])
def test_messages(stack: Stack, fuzzed: Fuzzed, seed: int, queue: str) -> None:
    """Every invalid message on either queue is recorded as a VALIDATION dead letter."""
    sqs = stack.session.client("sqs")
    url = {"tasks": stack.outputs.task_queue_url, "dlq": stack.outputs.task_dlq_url}[queue]
    sent: list[str] = []

    @seeded(seed * 100 + 40 + (queue == "dlq"))
    @trying(100)
    @given(bodies)
    def tried(body: str) -> None:
        body = f"{fresh('fuzz')} {body}" if body in sent else body
        sqs.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageGroupId=fresh("fuzz"),
            MessageDeduplicationId=uuid.uuid4().hex,
        )
        sent.append(body)
        fuzzed.inputs += 1

    tried()

    def missing() -> set[str]:
        return set(sent) - {each["payload"]["body"] for each in _records(stack)}

    with suppress(AssertionError):
        eventually(lambda: not missing(), within=200, every=3)
    assert missing() == set()


def _records(stack: Stack) -> Iterator[dict[str, Any]]:
    """Yield the records of all invalid messages, including those that other tests have cancelled."""
    for status in ("DEAD_LETTERED", "CANCELLED"):
        query = {"status": status, "type": "unreadable", "limit": 100, "view": "full"}
        while True:
            page = stack.api.tasks(**query).body
            for task in page["tasks"]:
                assert task["history"][0]["error"]["category"] == "VALIDATION", task
                yield task
            if "nextToken" not in page:
                break
            query["nextToken"] = page["nextToken"]
