"""Parsing and serialization of queue messages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.errors import Category, TaskError
from lambdas.domain.message import NotATask, TaskMessage

errors = st.builds(TaskError.of, st.sampled_from(Category), st.text(max_size=20), st.text(max_size=50))


@st.composite
def messages(draw: st.DrawFn) -> TaskMessage:
    return TaskMessage(
        task_id=draw(st.text("azAZ09_.:-", min_size=1, max_size=128)),
        type=draw(st.none() | st.text(max_size=20)),
        generation=draw(st.integers(min_value=0)),
        correlation_id=draw(st.text(max_size=128)),
        predecessor=draw(st.none() | st.from_regex(r"[azAZ09_.:-]{1,128}:[0-9]{1,9}", fullmatch=True)),
        error=draw(st.none() | errors),
    )


@given(messages())
def test_what_is_sent_is_read_back(message: TaskMessage) -> None:
    """Every message survives serialization and parsing, and has no characters that SQS refuses."""
    body = message.to_body()
    assert body.isascii()
    assert body.isprintable()
    assert TaskMessage.from_body(body) == message


def test_a_message_on_the_wire() -> None:
    """A message has the task's id and generation; only a dead letter's has `error`."""
    message = TaskMessage(task_id="t", generation=2, correlation_id="c")
    assert message.to_body() == '{"correlationId":"c","generation":2,"taskId":"t"}'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"taskId": "t", "taskId": "u"}', "not JSON: the key 'taskId' is repeated"),
        ("[" * 100_000, "not JSON: nested deeper"),
        ("null", "not a task: body: "),
        ("[]", "not a task: body: "),
        ("{}", "not a task: taskId: Field required"),
        ('{"taskId": "t", "correlationId": "c"}', "not a task: generation: Field required"),
        ('{"taskId": "t", "generation": "0", "correlationId": "c"}', "not a task: generation: "),
        ('{"taskId": "t", "generation": true, "correlationId": "c"}', "not a task: generation: "),
        ('{"taskId": "t", "generation": -1, "correlationId": "c"}', "not a task: generation: "),
        ('{"taskId": "a/b", "generation": 0, "correlationId": "c"}', "not a task: taskId: "),
        ('{"task_id": "t", "generation": 0, "correlation_id": "c"}', "not a task: taskId: Field required"),
        (
            '{"taskId": "t", "generation": 0, "correlationId": "c", "predecessor": "u:x"}',
            "not a task: predecessor: ",
        ),
        (
            '{"taskId": "t", "generation": 0, "correlationId": "c", "error": {"category": "NOPE"}}',
            "not a task: error.category: ",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_no_task_says_what_is_wrong(body: str, reason: str) -> None:
    """An invalid body raises NotATask with the first fault in its message."""
    with pytest.raises(NotATask) as refusal:
        TaskMessage.from_body(body)
    assert str(refusal.value).startswith(reason)


@given(st.text() | st.recursive(st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_a_message_or_not_a_task(body: str) -> None:
    """Arbitrary text is not a message, and raises only NotATask."""
    with pytest.raises(NotATask):
        TaskMessage.from_body(body)


def test_a_field_of_newer_code_is_no_fault() -> None:
    """Unknown fields in a message are ignored, because deployments overlap."""
    body = '{"taskId": "t", "generation": 0, "correlationId": "c", "later": 1}'
    assert TaskMessage.from_body(body).task_id == "t"
