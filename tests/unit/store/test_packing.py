"""Payloads and results in their stored form."""

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.store.attribute_values import marshal, unmarshal
from lambdas.store.item import to_item, to_task
from lambdas.store.objects import MAX_IN_TABLE_BYTES, Objects
from lambdas.store.packing import MIN_BYTES, packed, stored_bytes, unpacked
from lambdas.store.results import MAX_RESULT_BYTES, Results
from tests.unit.store.test_item import a_task
from tests.unit.store.test_listing_token import NO_OBJECTS

NOISE = base64.b64encode(random.Random(1).randbytes(146_000)).decode()
"""A text of 195 KB that hardly compresses."""


@given(st.text() | st.text("ab", min_size=MIN_BYTES, max_size=3 * MIN_BYTES))
def test_a_text_is_unpacked_as_it_was(text: str) -> None:
    """Packing any text is lossless, and never makes it larger."""
    stored = packed(text)
    assert unpacked(stored) == text
    assert len(stored.encode() if isinstance(stored, str) else stored) <= len(text.encode())


def test_a_repetitive_text_is_compressed() -> None:
    """A repetitive text is stored compressed, as a binary value."""
    text = "x" * 10_000
    stored = packed(text)
    assert isinstance(stored, bytes)
    item = marshal({"payload": stored})
    assert unpacked(unmarshal(item)["payload"]) == text
    assert stored_bytes(item["payload"]) < 100


def test_a_record_of_an_earlier_version_is_read() -> None:
    """Records from an earlier version, with payload, result and times as text, can be read."""
    item = to_item(a_task(), "f")
    for each in item["history"]["L"]:
        each["M"]["at"] = {"S": "2026-01-31T12:00:00.000Z"}
    item["updatedAt"] = item["submittedAt"] = {"S": "2026-01-31T12:00:00.000Z"}
    item["payload"] = {"S": '{"a":1,"text":"' + "x" * 1000 + '"}'}
    item["result"] = {"S": '{"b":2}'}
    task = to_task(item)
    assert task.payload == {"a": 1, "text": "x" * 1000}
    assert task.result == {"b": 2}
    assert task.model_copy(update={"payload": {"a": 1}, "result": None}) == a_task()


class Bucket:
    """An S3 client that can only store objects."""

    def __init__(self) -> None:
        self.objects = dict[str, bytes]()

    def put_object(self, *, Key: str, Body: bytes, **_: object) -> None:  # noqa: N803
        self.objects[Key] = Body


@pytest.mark.parametrize(
    ("payload", "result"),
    [
        pytest.param({}, "x" * MAX_IN_TABLE_BYTES, id="large, though it could be compressed"),
        pytest.param({"text": "x" * 200_000}, NOISE, id="with a large payload in the record"),
    ],
)
def test_a_large_result_is_an_object(payload: Any, result: Any) -> None:
    """A large result is stored as an object, and the record has its size."""
    bucket = Bucket()
    task = a_task().model_copy(update={"payload": payload})
    attributes = Results(Objects(lambda: bucket, "b")).set_apart(task, result)
    assert json.loads(attributes["result"]) == {"omitted": True, "bytes": len(result) + 2}
    assert [*bucket.objects] == [attributes["resultKey"]]


def test_a_result_that_is_too_large_is_left_out() -> None:
    """A result over the limit is not stored, and the record says that it is omitted."""
    attributes = Results(NO_OBJECTS).set_apart(a_task(), "x" * MAX_RESULT_BYTES)
    assert [*attributes] == ["result"]
    assert json.loads(attributes["result"])["omitted"] is True


def test_a_result_that_the_table_takes_is_in_the_record() -> None:
    text = "x" * (MAX_IN_TABLE_BYTES - 2)
    attributes = Results(NO_OBJECTS).set_apart(a_task(), text)
    assert unpacked(attributes["result"]) == f'"{text}"'
