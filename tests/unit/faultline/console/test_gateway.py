"""The console's gateway, which makes no changes if the console is read-only."""

import asyncio
from dataclasses import replace
from threading import Event
from typing import Any

import boto3
import pytest

from faultline.client.api import Answer, ApiClient
from faultline.console.action import cancellation, holding_open, redrive_all
from faultline.console.gateway import Gateway, ReadOnly, Unavailable
from faultline.operations.bulk import Progress
from faultline.operations.errors import FaultsFailed
from infra.stages import stage


class Recording(ApiClient):
    """A client that gives one answer to every call and records the calls."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("http://127.0.0.1:9")
        self.answer = answer
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    def call(self, method: str, path: str, **given: Any) -> Answer:
        if "json" in given:
            self.bodies.append(given["json"])
        self.calls.append((method, path))
        return self.answer


def gateway(api: ApiClient, *, is_writable: bool = True) -> Gateway:
    return Gateway(
        api=api,
        session=boto3.Session(region_name="us-east-1"),
        settings=stage("dev"),
        description="nowhere",
        endpoint_url=None,
        place=(),
        is_writable=is_writable,
    )


def test_a_read_only_console_makes_no_call_that_changes_something() -> None:
    api = Recording(Answer(status=202, body={}, headers={}))
    reading = gateway(api, is_writable=False)
    done: list[int] = []
    with pytest.raises(ReadOnly):
        asyncio.run(reading.change(cancellation("t")))
    with pytest.raises(ReadOnly):
        asyncio.run(reading.change(holding_open("example.com")))
    with pytest.raises(ReadOnly):
        asyncio.run(reading.changing(lambda: done.append(1)))
    assert (api.calls, done) == ([], [])
    asyncio.run(replace(reading, is_writable=True).change(cancellation("t")))
    assert api.calls == [("DELETE", "/tasks/t")]


def test_the_same_answer_serves_all_tabs_until_something_is_changed() -> None:
    api = Recording(Answer(status=200, body={}, headers={}))
    shared = gateway(api)

    async def read() -> None:
        for _ in range(3):
            await shared.read("/tasks", max_age=60, tag="a", text="")
        await shared.read("/tasks", max_age=60, tag="b")
        await shared.change(cancellation("t"))
        await shared.read("/tasks", max_age=60, tag="a")

    asyncio.run(read())
    assert api.calls == [("GET", "/tasks")] * 2 + [("DELETE", "/tasks/t"), ("GET", "/tasks")]


def test_many_tasks_are_changed_with_the_patch_of_the_preview() -> None:
    body = {"matched": 1, "done": 1, "failed": [], "more": False, "filter": {"tag": "a"}, "sample": []}
    api = Recording(Answer(status=200, body=body, headers={}))
    action = redrive_all({"tag": "a"}, {"rows": 1})
    progress = Progress(filter={"tag": "a", "diedBefore": "2026-01-01T00:00:00Z"})
    asyncio.run(gateway(api).preview(action))
    asyncio.run(gateway(api).change_all(action, progress, Event()))
    previewed, changed = api.bodies
    assert previewed == {"filter": {"tag": "a"}, "payloadPatch": {"rows": 1}, "dryRun": True}
    assert changed["filter"] == progress.filter
    assert changed["payloadPatch"] == {"rows": 1}


def test_a_refusal_has_its_fields() -> None:
    body = {"detail": "Not valid", "errors": [{"field": "payload.url", "message": "no URL"}]}
    with pytest.raises(Unavailable, match="HTTP 400: Not valid") as raised:
        asyncio.run(gateway(Recording(Answer(status=400, body=body, headers={}))).read("/tasks"))
    assert (raised.value.status, raised.value.fields) == (400, {"payload.url": "no URL"})


def test_what_does_not_answer_is_one_kind_of_error() -> None:
    nobody = gateway(ApiClient("http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(nobody.read("/stats"))

    def fail(*_: Any) -> None:
        raise FaultsFailed("no faults here")

    with pytest.raises(Unavailable, match="no faults here"):
        asyncio.run(nobody.operation("nothing", fail))


def test_private_fields_are_masked() -> None:
    api = Recording(Answer(status=200, body={}, headers={}))
    assert gateway(api).masked({"a": [{"password": "x"}], "n": 1}) == {"a": [{"password": "*****"}], "n": 1}
